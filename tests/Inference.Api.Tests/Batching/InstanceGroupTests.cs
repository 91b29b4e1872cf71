using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Models;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Batching;

public sealed class InstanceGroupTests
{
    // More rounds than end within a test: only leaving ends such a run.
    private const string Endless = """{"inputs":[{"name":"n","shape":[1],"datatype":"INT64","data":[1000000000000]},{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}""";

    [Theory]
    [InlineData("""{"instance_group":[{"count":1}]}""", 1)]
    [InlineData("""{"instance_group":[{"count":2,"kind":"KIND_CPU"},{"kind":"KIND_CPU"}]}""", 3)]
    [InlineData("{}", 2)]
    public async Task As_many_runs_are_under_way_as_there_are_instances_and_the_next_one_waits(string config, int instances)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("loop", ModelFolder.Loop, config), builder => builder.UseSetting("Onnx:InstancesPerModel", "2"));
        var model = server.Services.GetRequiredService<ModelTable>().Find("loop", null).Model!;
        using var others = new CancellationTokenSource();
        using var first = new CancellationTokenSource();
        Task[] callers = [AskAsync(server, first.Token), .. Enumerable.Range(0, instances).Select(_ => AskAsync(server, others.Token))];

        await Eventually.TrueAsync("every instance to run and one request to wait", () => (model.Running, model.Waiting) == (instances, 1));
        await first.CancelAsync();

        await Eventually.TrueAsync("the one that left to be replaced", () => (model.Running, model.Waiting) == (instances, 0));
        await others.CancelAsync();
        await Task.WhenAll(callers).WithinAsync("the callers");
        await Eventually.TrueAsync("the instances to be free", () => model.Running == 0);
    }

    private static async Task AskAsync(InferenceServer server, CancellationToken gone)
    {
        using var content = new StringContent(Endless);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.Http.PostAsync("/v2/models/loop/infer", content, gone));
    }
}
