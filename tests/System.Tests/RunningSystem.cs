using System.Globalization;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(MlAspire.SystemTests.RunningSystem))]
[assembly: CollectionBehavior(DisableTestParallelization = true)] // one test takes Redis away from all

namespace MlAspire.SystemTests;

/// <summary>
/// The AppHost started whole, once for all tests: real DCP, Redis, ONNX Runtime and Dashboard, and the replay running since 24 February 2001 20:00 UTC
/// after it has pushed the eight days before. State is in a folder of its own.
/// </summary>
public sealed class RunningSystem : IAsyncLifetime
{
    public static readonly TimeSpan StartsWithin = TimeSpan.FromMinutes(4);

    private readonly DirectoryInfo state = Directory.CreateTempSubdirectory("mlaspire-system-");
    private DistributedApplication? app;

    public const string DashboardApiKey = "key-of-the-system-tests";
    public const string BrowserToken = "token-of-the-system-tests";

    public DistributedApplication App => app ?? throw new InvalidOperationException("The system has not started.");

    public HttpClient Gateway { get; private set; } = null!;

    public Telemetry Telemetry { get; private set; } = null!;

    public Uri Dashboard { get; private set; } = null!;

    /// <summary>The key that the gateway makes for who runs the system.</summary>
    public string AdminKey => File.ReadAllText(Path.Combine(state.FullName, "audit", "admin.key")).Trim();

    public async ValueTask InitializeAsync()
    {
        using var timeout = new CancellationTokenSource(StartsWithin);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            [
                $"--Run:State={state.FullName}", "--Replay:From=2001-02-24T20:00:00Z", "--Replay:Speed=60",
                $"--AppHost:DashboardApiKey={DashboardApiKey}", $"--ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN={BrowserToken}",
            ],
            (options, _) => options.DisableDashboard = false,
            timeout.Token);
        app = await builder.BuildAsync(timeout.Token);
        await app.StartAsync(timeout.Token);
        foreach (var resource in new[] { "redis", "feature-store", "inference", "gateway", "monitoring" })
        {
            await app.ResourceNotifications.WaitForResourceHealthyAsync(resource, timeout.Token);
        }

        await app.ResourceNotifications.WaitForResourceHealthyAsync("aspire-dashboard", timeout.Token);
        Dashboard = app.GetEndpoint("aspire-dashboard", "http");
        Gateway = app.CreateHttpClient("gateway", "http");
        Telemetry = new Telemetry(Dashboard);
        await WarmedUpAsync(timeout.Token);
    }

    /// <summary>Answers the JSON of a request to the Gateway's predict route.</summary>
    public async Task<(HttpResponseMessage Response, JsonNode Body)> PredictAsync(JsonNode request, string? correlationId = null, string model = "flight-delay")
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, $"/v1/models/{model}/predict")
        {
            Content = new StringContent(request.ToJsonString(), System.Text.Encoding.UTF8, "application/json"),
        };
        if (correlationId is not null)
        {
            message.Headers.Add("x-correlation-id", correlationId);
        }

        var response = await Gateway.SendAsync(message, TestContext.Current.CancellationToken);
        return (response, JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!);
    }

    /// <summary>Atlanta to New York LaGuardia, 24 February 2001, 14:30: 90 minutes before the replay's clock, so everything about it is in the store.</summary>
    public static JsonNode RealFlight(bool explain = false) => JsonNode.Parse(string.Create(CultureInfo.InvariantCulture, $$"""
        {"entities": {"origin": ["ATL"], "destination": ["LGA"]}, "inputs": {"distance_miles": [761], "departure": ["2001-02-24T14:30:00-05:00"]}, "explain": {{(explain ? "true" : "false")}}}
        """))!;

    public Task<ExecuteCommandResult> CommandAsync(string resource, string command) =>
        App.Services.GetRequiredService<ResourceCommandService>().ExecuteCommandAsync(resource, command, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Telemetry?.Dispose();
        Gateway?.Dispose();
        if (app is not null)
        {
            await app.DisposeAsync();
        }

        state.Delete(recursive: true);
    }

    // The replay predicts only after its warm-up; Monitoring sees the predictions.
    private async Task WarmedUpAsync(CancellationToken cancellationToken)
    {
        using var monitoring = App.CreateHttpClient("monitoring", "http");
        await Eventually.TrueAsync("a prediction of the replay in Monitoring's summary", async () =>
        {
            using var response = await monitoring.GetAsync("/v1/models/flight-delay/summary", cancellationToken);
            return response.IsSuccessStatusCode && (long)JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!["predictions"]! > 0;
        }, StartsWithin);
    }
}
