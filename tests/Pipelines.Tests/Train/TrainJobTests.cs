using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Pipelines.Train;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Pipelines.Tests.Train;

public sealed class TrainJobTests : IDisposable
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private static readonly string[] FileNames =
    [
        .. from model in (string[])["flight-delay-request-only", "flight-delay"]
           from file in (string[])["1/golden.json", "1/lineage.json", "1/metrics.json", "1/model.onnx", "config.json", "pipeline.json"]
           select $"{model}/{file}",
    ];

    private readonly TemporaryFolder folder = new();
    private readonly RecordedLogs logs = new();
    private readonly GatewayAway gateway = new();
    private readonly HttpClient http;
    private readonly ServiceProvider metrics = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public TrainJobTests() => http = new(gateway) { BaseAddress = new Uri("http://gateway") };

    public void Dispose()
    {
        http.Dispose();
        gateway.Dispose();
        metrics.Dispose();
        folder.Dispose();
        logs.Dispose();
    }

    [Fact]
    public async Task Training_twice_gives_the_same_bytes_on_one_core_and_on_all()
    {
        await RunAsync("first", 0.7);
        var one = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, 1).ConcurrentScheduler;
        await Task.Factory.StartNew(() => RunAsync("second", 0.7), CancellationToken.None, TaskCreationOptions.None, one).Unwrap();

        Assert.Equal(FileNames, Files("first"));
        Assert.All(FileNames, file => Assert.Equal(File.ReadAllBytes(Path.Combine(folder.Path, "first", file)), File.ReadAllBytes(Path.Combine(folder.Path, "second", file))));
    }

    [Fact]
    public async Task The_files_say_what_was_learnt_and_how_well()
    {
        await RunAsync("models", 0.7);

        var pipeline = PipelineFile.Read(PathOf("models", "pipeline.json"));
        using var metrics = JsonDocument.Parse(File.ReadAllBytes(PathOf("models", "1/metrics.json")));
        using var lineage = JsonDocument.Parse(File.ReadAllBytes(PathOf("models", "1/lineage.json")));
        Assert.Equal(17, pipeline.Columns.Count);
        Assert.Equal(pipeline.Output.Threshold, metrics.RootElement.GetProperty("threshold").GetDouble());
        var test = metrics.RootElement.GetProperty("test")[0];
        Assert.Equal("2001-01-12/2001-01-31", test.GetProperty("period").GetString());
        Assert.InRange(test.GetProperty("auc").GetDouble(), test.GetProperty("request_only_auc").GetDouble() + 0.05, 0.95);
        Assert.Equal(Lineage.HashOf(File.ReadAllBytes(PathOf("models", "1/model.onnx"))), lineage.RootElement.GetProperty("model_sha256").GetString());
        Assert.Equal(pipeline.Columns.Select(c => c.Name), lineage.RootElement.GetProperty("columns").EnumerateArray().Select(c => c.GetString()));
        Assert.Equal(
            ["train_data_read", "train_features_day", "train_rows_built", "train_trees", "train_trained", "train_quality", "train_written", "train_written"],
            logs.Events.Select(e => e.Event).Where(name => name != "step_completed"));
        Assert.Equal(["train.read", "train.rows", "train.learn"], logs.Named("step_completed").Select(line => line.Fields["Step"]));
    }

    [Fact]
    public async Task The_lineage_says_who_trained_on_what_by_which_code_how_well_and_after_which_version()
    {
        await RunAsync("models", 0.7);
        await RunAsync("models", 0.7, version: 3);

        var lineage = JsonNode.Parse(File.ReadAllBytes(PathOf("models", "3/lineage.json")))!;
        var metrics = JsonNode.Parse(File.ReadAllBytes(PathOf("models", "3/metrics.json")))!;
        Assert.Equal(("the tests", Commit), ((string)lineage["trained_by"]!, (string)lineage["code_commit"]!));
        Assert.Equal(
            new JsonObject
            {
                ["id"] = "flights-2001jan-top20-2wk",
                ["sha256"] = "2a8dec2ae59d8d557bba8044ffcb91feebded5cb85b5803f2cf5a8576b495315",
                ["files"] = new JsonObject
                {
                    ["airports.csv"] = "cff8eb71565d2320355cad5f38f1a08b7eea009c56a8ea4d56f2b4630bc19746",
                    ["flights-2001jan-top20-2wk.csv.gz"] = "64350a0b6fccc1f9697eb4c9d62d102d86d65594fd5c0e4e4d05afd5c353697a",
                    ["routes.csv"] = "0f1297b33941759f70d872273b55d93068d735e0eeccaeee1d1cddde93859af4",
                },
            }.ToJsonString(),
            lineage["data_set"]!.ToJsonString()); // sha256sum airports.csv flights-2001jan-top20-2wk.csv.gz routes.csv, and that | sha256sum
        Assert.Equal(metrics["test"]!.ToJsonString(), lineage["metrics"]!.ToJsonString());
        var first = Lineage.HashOf(File.ReadAllBytes(PathOf("models", "1/model.onnx")));
        Assert.Equal($$"""{"version":1,"model_sha256":"{{first}}"}""", lineage["parent"]!.ToJsonString());
        Assert.Null(JsonNode.Parse(File.ReadAllBytes(PathOf("models", "1/lineage.json")))!["parent"]);
    }

    [Fact]
    public async Task The_fallback_is_the_same_learner_on_the_columns_of_the_request()
    {
        await RunAsync("models", 0.7);

        var pipeline = PipelineFile.Read(PathOf("models", "pipeline.json"));
        var fallback = PipelineFile.Read(Path.Combine(folder.Path, "models", pipeline.Fallback!.Model, "pipeline.json"));
        using var metrics = JsonDocument.Parse(File.ReadAllBytes(PathOf("models", "1/metrics.json")));
        using var its = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.Path, "models", fallback.Model, "1/metrics.json")));
        Assert.Null(fallback.FeatureService);
        Assert.Equal(pipeline.Columns.Take(5).Select(column => column.Name), fallback.Columns.Select(column => column.Name));
        Assert.Equal(fallback.Output.Threshold, its.RootElement.GetProperty("threshold").GetDouble());
        Assert.Equal(metrics.RootElement.GetProperty("test")[0].GetProperty("request_only_auc").GetDouble(), its.RootElement.GetProperty("test")[0].GetProperty("auc").GetDouble());
    }

    [Fact]
    public async Task A_model_that_is_not_good_enough_is_not_written()
    {
        var error = await Assert.ThrowsAsync<ServiceError>(() => RunAsync("models", 0.99));

        Assert.Matches("The AUC of 2001-01-12/2001-01-31 is 0.[0-9]+, below Train:MinAuc 0.99: the model is not written.", error.Message);
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "models")));
    }

    [Fact]
    public async Task Days_without_flights_are_refused()
    {
        var options = new TrainOptions { From = new DateOnly(2001, 1, 8), TestFrom = new DateOnly(2001, 2, 1) };

        var error = await Assert.ThrowsAsync<ServiceError>(() => Job("models", options).RunAsync(CancellationToken.None));

        Assert.Equal("Train:TestFrom", error.Errors.Single().Field);
    }

    [Fact]
    public async Task A_run_that_cannot_be_recorded_writes_nothing()
    {
        var error = await Assert.ThrowsAsync<ServiceError>(() => RunAsync("models", 0.7, gatewayKey: "the-key"));

        Assert.Equal((ErrorCode.Unavailable, "the-key"), (error.Code, gateway.Key));
        Assert.Equal(("training_run_completed", "flight-delay-request-only", 1, "the tests"), (
            (string?)gateway.Report!["event"], (string?)gateway.Report["name"], (int?)gateway.Report["facts"]!["version"], (string?)gateway.Report["facts"]!["trained_by"]));
        Assert.False(Directory.Exists(Path.Combine(folder.Path, "models")));
    }

    private Task RunAsync(string models, double minAuc, int version = 1, string gatewayKey = "") => Job(models, new TrainOptions
    {
        Version = version,
        GatewayKey = gatewayKey,
        TrainedBy = "the tests",
        CodeCommit = Commit,
        From = new DateOnly(2001, 1, 8),
        TestFrom = new DateOnly(2001, 1, 12),
        MinAuc = minAuc,
        Boosting = new() { Trees = 25 },
    }).RunAsync(CancellationToken.None);

    private TrainJob Job(string models, TrainOptions options)
    {
        var loggers = LoggerFactory.Create(logging => logging.AddProvider(logs));
        var steps = new Steps(TelemetryNames.Sources.Pipelines, metrics.GetRequiredService<IMeterFactory>(), TimeProvider.System, loggers);
        return new TrainJob(Options.Create(Sample.FixtureOptions), Options.Create(new ModelRepositoryOptions { Path = Path.Combine(folder.Path, models) }), Options.Create(options), new TrainingAudit(http, Options.Create(options)), steps, loggers.CreateLogger<TrainJob>());
    }

    private string PathOf(string models, string file) => Path.Combine(folder.Path, models, "flight-delay", file);

    /// <summary>Takes what it is asked, and answers as a gateway does whose log cannot be written.</summary>
    private sealed class GatewayAway : HttpMessageHandler
    {
        public string? Key { get; private set; }

        public JsonNode? Report { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (Key, Report) = (request.Headers.GetValues("x-api-key").Single(), JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken)));
            return new(System.Net.HttpStatusCode.ServiceUnavailable) { Content = new StringContent("""{"code":"UNAVAILABLE","message":"The audit log cannot be written; nothing is recorded."}""", Encoding.UTF8, "application/json"), RequestMessage = request };
        }
    }

    private IEnumerable<string> Files(string models) =>
        Directory.EnumerateFiles(Path.Combine(folder.Path, models), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Path.Combine(folder.Path, models), file)).Order(StringComparer.Ordinal);
}
