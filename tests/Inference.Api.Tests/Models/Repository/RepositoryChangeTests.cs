using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Models.Residency;
using MlAspire.Inference.Api.Tests.Models.Residency;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Models.Repository;

/// <summary>Changes that cannot be taken over: at once, or not at all.</summary>
public sealed class RepositoryChangeTests
{
    private const string Endless = """{"inputs":[{"name":"n","shape":[1],"datatype":"INT64","data":[1000000000000]},{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}""";

    [Theory]
    [InlineData("Poll")]
    [InlineData("Explicit")]
    public async Task A_new_version_that_cannot_be_loaded_leaves_the_one_that_serves_and_takes_over_when_it_can(string mode)
    {
        await using var server = await StartAsync(models => models.Add("m", AdderModel.Plus(1)), mode);
        await using var callers = new SteadyCallers(server, "/v2/models/m/infer", AdderModel.Request);

        server.Models.File("m/2/notes.txt", "the model comes last");
        await LoadAsync(HttpStatusCode.BadRequest);
        await IndexAsync(server, "m 1 READY ,m 2 UNAVAILABLE version 2 has no file model.onnx");
        await callers.GoOnAsync();
        server.Models.Add("m", AdderModel.Plus(2).ToBytes()[..60], version: 2);
        await LoadAsync(HttpStatusCode.BadRequest);
        await IndexAsync(server, "m 1 READY ,m 2 UNAVAILABLE .*the file is no ONNX.*");
        await callers.GoOnAsync();
        server.Models.Add("m", AdderModel.Plus(2), version: 2);
        await LoadAsync(HttpStatusCode.OK);
        await IndexAsync(server, "m 2 READY ");
        await callers.GoOnAsync();

        Assert.Equal(["200 [2,3]", "200 [3,4]"], await callers.StopAsync());

        async Task LoadAsync(HttpStatusCode expected)
        {
            if (mode == "Explicit")
            {
                Assert.Equal(expected, (await server.PostAsync("/v2/repository/models/m/load", "")).Status);
            }
        }
    }

    [Theory]
    [InlineData("Poll")]
    [InlineData("Explicit")]
    public async Task Of_a_change_of_several_versions_none_is_taken_over_until_all_can_be(string mode)
    {
        await using var server = await StartAsync(models => models.Add("m", AdderModel.Plus(1), """{"version_policy":{"all":{}}}""").Add("m", AdderModel.Plus(2), version: 2).Add("m", AdderModel.Plus(4), version: 4), mode);

        await ChangeAsync(HttpStatusCode.BadRequest, models => models
            .Add("m", AdderModel.Plus(2).ToBytes()[..60], version: 2).Add("m", AdderModel.Plus(10)).Add("m", AdderModel.Plus(30), version: 3));
        await IndexAsync(server, "m 1 READY version 2 cannot be loaded: .*no ONNX.*,m 2 READY .*no ONNX.*,m 3 UNAVAILABLE version 2 cannot be loaded: .*,m 4 READY ");
        Assert.Equal("[2,3] [3,4]  [5,6]", await AnswersAsync());
        await Eventually.TrueAsync("what was loaded for nothing to be given back", () => server.Services.GetRequiredService<ResidentSessions>().Count == 3);
        Assert.DoesNotContain(server.Logs.Named("model_loaded"), each => (string?)each.Fields["ModelVersion"] == "3");

        await ChangeAsync(HttpStatusCode.OK, models => models.Add("m", AdderModel.Plus(20), version: 2));
        await IndexAsync(server, "m 1 READY ,m 2 READY ,m 3 READY ,m 4 READY ");
        Assert.Equal("[11,12] [21,22] [31,32] [5,6]", await AnswersAsync());
        Assert.Single(server.Logs.Named("model_loaded"), each => (string?)each.Fields["ModelVersion"] == "4"); // its files did not change

        async Task ChangeAsync(HttpStatusCode expected, Action<ModelFolder> change)
        {
            change(server.Models);
            if (mode == "Explicit")
            {
                Assert.Equal(expected, (await server.PostAsync("/v2/repository/models/m/load", "")).Status);
            }
        }

        async Task<string> AnswersAsync()
        {
            string[] answers = ["", "", "", ""];
            for (var i = 0; i < answers.Length; i++)
            {
                answers[i] = (await server.PostAsync($"/v2/models/m/versions/{i + 1}/infer", AdderModel.Request)).Body!["outputs"]?[0]!["data"]!.ToJsonString() ?? "";
            }

            return string.Join(' ', answers);
        }
    }

    [Fact]
    public async Task A_repository_that_cannot_be_read_for_a_while_keeps_its_models_and_is_looked_at_again()
    {
        await using var server = await StartAsync(models => models.Add("m", AdderModel.Plus(1)), "Poll");
        var away = $"{server.Models.Path}-away";

        Directory.Move(server.Models.Path, away);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.PostAsync("/v2/repository/index", "")).Status);
        await Eventually.TrueAsync("a look to fail", () => server.Logs.Named("repository_unreadable").Any());
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/models/m/infer", AdderModel.Request)).Status);
        Directory.Move(away, server.Models.Path);
        server.Models.Add("n", AdderModel.Plus(2));

        await IndexAsync(server, "m 1 READY ,n 1 READY ");
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/health/ready")).Status);
    }

    [Fact]
    public async Task With_polling_a_repository_that_cannot_be_read_at_the_start_is_waited_for()
    {
        using var models = new ModelFolder();
        var later = Path.Combine(models.Path, "later");
        await using var host = await ServiceHost.StartAsync(
            InferenceApp.Build, builder => builder.UseSetting("ModelRepository:Path", later).UseSetting("ModelRepository:PollInterval", "00:00:00.1"));
        await Eventually.TrueAsync("a look to fail", () => host.Logs.Named("repository_unreadable").Any());
        Assert.Equal("""{"error":"the model repository cannot be read","code":"not_ready"}""", await ReadyAsync(host));

        models.Add("later/m", AdderModel.Plus(1));

        await Eventually.TrueAsync("the server to be ready", async () => await ReadyAsync(host) == """{"ready":true}""");
        await Eventually.TrueAsync("the model to be ready", async () => await host.Client.GetStringAsync(new Uri("/v2/models/m/ready", UriKind.Relative)) == """{"name":"m","ready":true}""");
    }

    [Theory]
    [InlineData("None")]
    [InlineData("Explicit")]
    public async Task Without_polling_a_repository_that_cannot_be_read_at_the_start_ends_the_process(string mode)
    {
        using var models = new ModelFolder();
        var error = await Assert.ThrowsAsync<ServiceError>(() => ServiceHost.StartAsync(
            InferenceApp.Build, builder => builder.UseSetting("ModelRepository:Path", Path.Combine(models.Path, "later")).UseSetting("ModelRepository:ControlMode", mode)));

        Assert.Equal("the model repository cannot be read", error.Message);
        Assert.Contains("later", error.InnerException!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_whose_files_cannot_be_listed_leaves_the_others_in_memory_once()
    {
        const int TooMany = 10_001;
        await using var server = await StartAsync(models => models.Add("m", AdderModel.Plus(1), """{"version_policy":{"all":{}}}"""), "Explicit");
        for (var i = 0; i < TooMany; i++)
        {
            server.Models.File($"m/2/{i}", "");
        }

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await server.PostAsync("/v2/repository/models/m/load", "")).Status);
        }

        await IndexAsync(server, "m 1 READY ,m 2 UNAVAILABLE there are more than 10000 files in 2");
        Assert.Equal(1, server.Services.GetRequiredService<ResidentSessions>().Count);
    }

    [Fact]
    public async Task With_polling_a_model_whose_warm_up_takes_long_does_not_hold_up_the_others()
    {
        await using var server = await StartAsync(models => models.Add("m", AdderModel.Plus(1)), "Poll");
        server.Models.File("a/warmup/rounds", BitConverter.GetBytes(1L << 62)).Config("a", """
            {"model_warmup":[{"name":"w","batch_size":1,"inputs":{"n":{"data_type":"TYPE_INT64","dims":[1],"input_data_file":"rounds"},"x":{"data_type":"TYPE_FP32","dims":[1],"zero_data":true}}}]}
            """).Add("a", ModelFolder.Loop);
        await IndexAsync(server, "a 1 LOADING loading,m 1 READY ");

        server.Models.Add("b", AdderModel.Plus(1));

        await IndexAsync(server, "a 1 LOADING loading,b 1 READY ,m 1 READY ");
    }

    [Fact]
    public async Task A_load_by_request_while_the_repository_cannot_be_read_is_to_be_tried_again()
    {
        await using var server = await StartAsync(models => models.Add("m", AdderModel.Plus(1)), "Explicit");
        var away = $"{server.Models.Path}-away";

        Directory.Move(server.Models.Path, away);
        var (status, body) = await server.PostAsync("/v2/repository/models/m/load", "");
        Directory.Move(away, server.Models.Path);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Json.Equal("""{"error":"the model repository cannot be read","code":"unavailable"}""", body);
    }

    [Fact]
    public async Task A_load_for_which_there_is_no_room_now_is_overloaded()
    {
        await using var server = await StartFullAsync("Explicit");
        await using var busy = await RunAsync(server);

        var (status, body) = await server.PostAsync("/v2/repository/models/m/load", "");

        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        Assert.StartsWith("model 'm' cannot be loaded: no room in memory", (string?)body!["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_polling_a_model_without_room_is_tried_again_though_its_files_are_the_same()
    {
        await using var server = await StartFullAsync("Poll");
        await using (await RunAsync(server))
        {
            server.Models.Add("m", AdderModel.Plus(1));
            await Eventually.TrueAsync("the model to be refused", async () => (string?)(await server.GetAsync("/v2/models/m/ready")).Body?["error"] is { } error && error.Contains("no room in memory", StringComparison.Ordinal));
        }

        await IndexAsync(server, "loop 1 READY ,m 1 READY ");
    }

    private static async Task<string> ReadyAsync(ServiceHost host)
    {
        using var response = await host.Client.GetAsync(new Uri("/v2/health/ready", UriKind.Relative));
        return await response.Content.ReadAsStringAsync();
    }

    private static Task<InferenceServer> StartFullAsync(string mode) => StartAsync(
        models =>
        {
            models.Add("loop", ModelFolder.Loop);
            if (mode == "Explicit")
            {
                models.Add("m", AdderModel.Plus(1));
            }
        },
        mode,
        ("Load:0", "loop"), ("MemoryBudgetBytes", $"{AdderModel.Cost(ModelFolder.Loop) + 1000}"), ("ColdLoadTimeout", "00:00:00.1"));

    private static Task<InferenceServer> StartAsync(Action<ModelFolder> models, string mode, params (string Key, string Value)[] settings) => InferenceServer.StartAsync(models, builder =>
    {
        foreach (var (key, value) in (IEnumerable<(string, string)>)[("ControlMode", mode), ("PollInterval", "00:00:00.1"), ("Load:0", "*"), .. settings])
        {
            builder.UseSetting($"ModelRepository:{key}", value);
        }
    });

    /// <summary>Keeps the model <c>loop</c> in use until it is disposed.</summary>
    private static async Task<IAsyncDisposable> RunAsync(InferenceServer server)
    {
        var run = new LeavingRun(server);
        await Eventually.TrueAsync("the model to be in use", () => server.Services.GetRequiredService<ModelTable>().Find("loop", null).Model!.Running == 1);
        return run;
    }

    private static async Task IndexAsync(InferenceServer server, string expected)
    {
        var index = "";
        await Eventually.TrueAsync($"the index '{expected}'", async () =>
        {
            index = string.Join(',', (await server.PostAsync("/v2/repository/index", "")).Body!.AsArray().Select(line => $"{line!["name"]} {line["version"]} {line["state"]} {line["reason"]}"));
            return Regex.IsMatch(index, $"^{expected}$");
        });
    }

    private sealed class LeavingRun : IAsyncDisposable
    {
        private readonly CancellationTokenSource leaving = new();
        private readonly StringContent content = new(Endless);
        private readonly Task run;

        public LeavingRun(InferenceServer server) => run = server.Http.PostAsync("/v2/models/loop/infer", content, leaving.Token);

        public async ValueTask DisposeAsync()
        {
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
            leaving.Dispose();
            content.Dispose();
        }
    }
}
