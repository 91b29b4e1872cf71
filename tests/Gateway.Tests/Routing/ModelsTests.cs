using System.Net;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Gateway.Tests.Pipeline;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Routing;

public sealed class ModelsTests : IAsyncLifetime
{
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(new ManualTimeProvider());

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task The_list_says_what_a_request_needs() => Assert.Equal(
        """{"models":[{"name":"flight-delay","feature_service":"flight_delay","entities":["origin","destination"],"inputs":[{"name":"distance_miles","type":"number","min":0,"max":10000},{"name":"departure","type":"time"}],"features":["origin_mean_delay_1h","route_backlog_1d"],"output":{"name":"probability","threshold":0.5,"labels":["on_time","late"]}}]}""",
        (await GetAsync("/v1/models")).ToJsonString());

    [Fact]
    public async Task A_model_that_is_added_changed_or_removed_is_noticed_without_a_restart()
    {
        gateway.WriteModel("other", FlightPipeline.Json.Replace("flight-delay", "other", StringComparison.Ordinal));
        Assert.Equal(["flight-delay", "other"], await NamesAfterAWhileAsync());

        gateway.WriteModel("flight-delay", FlightPipeline.Json.Replace("\"on_time\", \"late\"", "\"punctual\", \"late\"", StringComparison.Ordinal));
        await NamesAfterAWhileAsync();
        var (_, body) = await gateway.PostAsync(RunningGateway.Request(1));
        Assert.Equal("punctual", (string)body["predictions"]![0]!["label"]!);

        File.Delete(gateway.ModelFile("other"));
        Assert.Equal(["flight-delay"], await NamesAfterAWhileAsync());
    }

    [Fact]
    public async Task A_file_that_becomes_unusable_leaves_the_pipeline_in_place_and_is_reported()
    {
        gateway.WriteModel("flight-delay", "{");
        await NamesAfterAWhileAsync();

        var (response, _) = await gateway.PostAsync(RunningGateway.Request(1));
        var ready = await GetAsync("/health/ready");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("Degraded", (string)ready["checks"]!["pipelines"]!["status"]!);
        Assert.Contains("pipeline.json is not a usable pipeline", (string)ready["checks"]!["pipelines"]!["description"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_for_a_while_is_reported_once_and_read_when_it_can()
    {
        gateway.WriteModel("flight-delay", FlightPipeline.Json.Replace("\"on_time\", \"late\"", "\"punctual\", \"late\"", StringComparison.Ordinal));
        await using (new FileStream(gateway.ModelFile("flight-delay"), FileMode.Open, FileAccess.Read, FileShare.None)) // what root may not read either
        {
            await StatusAfterAWhileAsync("Degraded");
            await StatusAfterAWhileAsync("Degraded");
        }

        await StatusAfterAWhileAsync("Healthy");

        var (_, body) = await gateway.PostAsync(RunningGateway.Request(1));
        Assert.Equal("punctual", (string?)body["predictions"]![0]!["label"]);
        Assert.Single(gateway.Host.Logs.Named("pipeline_unusable"));
    }

    [Fact]
    public async Task A_repository_that_cannot_be_read_for_a_while_leaves_its_models_in_place_and_is_reported()
    {
        var models = Path.GetDirectoryName(Path.GetDirectoryName(gateway.ModelFile("flight-delay")))!;
        Directory.Move(models, $"{models}-away");
        await File.WriteAllTextAsync(models, "", TestContext.Current.CancellationToken); // a file in its place: what root may not read either
        await StatusAfterAWhileAsync("Degraded");

        var (response, _) = await gateway.PostAsync(RunningGateway.Request(1));
        File.Delete(models);
        Directory.Move($"{models}-away", models);
        await StatusAfterAWhileAsync("Healthy");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single(gateway.Host.Logs.Named("pipeline_unusable"));
    }

    [Fact]
    public async Task A_model_whose_file_was_never_usable_is_503_not_ready()
    {
        gateway.WriteModel("other", FlightPipeline.Json);
        Assert.Equal(["flight-delay"], await NamesAfterAWhileAsync());

        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1), "/v1/models/other/predict");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not_ready"), (response.StatusCode, (string)body["code"]!));
    }

    [Fact]
    public async Task The_gateway_is_not_ready_without_any_model()
    {
        File.Delete(gateway.ModelFile("flight-delay"));
        await NamesAfterAWhileAsync();

        using var ready = await gateway.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("no model in the repository", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    // The watcher's timer fires on this thread; what it reads is in place when its task has run.
    private async Task<string[]> NamesAfterAWhileAsync()
    {
        var before = gateway.Host.Logs.Events.Count(log => log.Event is "pipelines_loaded");
        await Eventually.TrueAsync("the watcher to look", () =>
        {
            gateway.Time!.Advance(TimeSpan.FromSeconds(2));
            return gateway.Host.Logs.Events.Count(log => log.Event is "pipelines_loaded") > before;
        });
        return [.. (await GetAsync("/v1/models"))["models"]!.AsArray().Select(model => (string)model!["name"]!)];
    }

    private Task StatusAfterAWhileAsync(string status) => Eventually.TrueAsync($"the pipelines to be {status}", async () =>
    {
        gateway.Time!.Advance(TimeSpan.FromSeconds(2));
        return (string?)(await GetAsync("/health/ready"))["checks"]!["pipelines"]!["status"] == status;
    });

    private async Task<JsonNode> GetAsync(string path)
    {
        using var response = await gateway.Client.GetAsync(path, TestContext.Current.CancellationToken);
        return await RunningGateway.BodyOfAsync(response);
    }
}
