using System.Net;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Models;

namespace MlAspire.Inference.Api.Tests;

public sealed class ClassificationTests
{
    [Fact]
    public async Task A_classification_has_at_most_1048576_strings_and_a_larger_one_is_no_answer()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("zeros", ModelFolder.Zeros));
        string Request(int values) => $$$"""{"inputs":[{"name":"n","shape":[1],"datatype":"INT64","data":[{{{values}}}]}],"outputs":[{"name":"y","parameters":{"classification":2147483647}}]}""";

        var (taken, most) = await server.PostAsync("/v2/models/zeros/infer", Request(1 << 20));
        Assert.Equal((HttpStatusCode.OK, 1 << 20), (taken, (int)most!["outputs"]![0]!["shape"]![0]!));
        var (status, body) = await server.PostAsync("/v2/models/zeros/infer", Request((1 << 20) + 1));

        Assert.Equal((HttpStatusCode.BadRequest, "outputs[0].parameters.classification: 1048577 classes of 1 rows are more than 1048576"), (status, (string?)body!["error"]));
        using var lease = server.Services.GetRequiredService<ModelTable>().Acquire("zeros", null);
        var statistics = lease.Model.Statistics.Snapshot();
        Assert.Equal((1, 1), (statistics.Success.Count, statistics.Fail.Count));
    }
}
