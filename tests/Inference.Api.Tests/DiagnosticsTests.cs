namespace MlAspire.Inference.Api.Tests;

public sealed class DiagnosticsTests
{
    [Fact]
    public async Task Every_request_is_exactly_one_inference_completed_event()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));

        await server.PostAsync("/v2/models/line/infer", """{"id":"a","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""");
        await server.PostAsync("/v2/models/line/infer", "{");
        await server.PostAsync("/v2/models/nothing/infer", """{"inputs":[]}""");

        var events = server.Logs.Named("inference_completed").ToArray();
        Assert.Equal(["ok", "invalid_argument", "not_found"], events.Select(each => each.Fields["Status"]));
        Assert.Equal(("a", "line", "1", 1L, 8L), ((string?)events[0].Fields["RequestId"], (string?)events[0].Fields["Model"], (string?)events[0].Fields["ModelVersion"], (long)events[0].Fields["Rows"]!, (long)events[0].Fields["InputSize"]!));
        Assert.Null(events[2].Fields["Model"]); // what a caller makes up is no name of ours
    }
}
