using MlAspire.Monitoring.Configuration;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Prometheus;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Monitoring.Panels;

/// <summary>Looks at the metrics of all services that it is told of (section <c>services</c>), every 10 s, and keeps of them what the panels draw: an hour. What a service that does not answer would have said is a gap.</summary>
internal sealed partial class PanelWorker(
    ReloadedOptions<PanelsOptions> options, IConfiguration configuration, IHttpClientFactory clients, WorkerHealth worker, TimeProvider time, ILogger<PanelWorker> log)
    : PeriodicWorker("panels", Interval, worker, time)
{
    public const string ClientName = "panels";

    /// <summary>Bytes of a service's answer; a longer one counts as none.</summary>
    public const int MaxAnswerBytes = 8 << 20;

    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly long started = time.GetTimestamp();
    private Dictionary<string, Panel> panels = [];
    private volatile PanelBoard board = new([], []);

    /// <summary>As of the last look.</summary>
    public PanelBoard Board => board;

    protected override bool TurnsAtOnce => true;

    protected override async Task TurnAsync(CancellationToken stopping)
    {
        TakeOverPanels();
        var services = configuration.ServiceNames();
        var metrics = panels.Values.Select(panel => panel.Options.Metric).ToArray();
        var texts = await Task.WhenAll(services.Select(service => ReadAsync(service, metrics, stopping)));
        var look = new Look(Time.GetUtcNow(), Time.GetElapsedTime(started), services.Zip(texts).Where(pair => pair.Second is not null).ToDictionary(pair => pair.First, pair => pair.Second!));
        foreach (var panel in panels.Values)
        {
            panel.Take(look);
        }

        board = new([.. panels.Values.Select(panel => panel.State())], [.. services.Except(look.Services.Keys)]);
    }

    private void TakeOverPanels()
    {
        options.TakeOver(out var problem);
        if (problem is not null)
        {
            LogUnusable(problem);
        }

        panels = options.Value.ToDictionary(panel => panel.Key, panel => panels.TryGetValue(panel.Key, out var same) && same.Options.IsSame(panel.Value) ? same : new Panel(panel.Value));
    }

    /// <returns>Null when the service did not say it.</returns>
    private async Task<MetricsText?> ReadAsync(string service, string[] metrics, CancellationToken stopping)
    {
        try
        {
            using var client = clients.CreateClient(ClientName);
            return new MetricsText(service, await client.GetStringAsync($"http://{service}{MetricsEndpoints.Path}", stopping), metrics);
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            return null;
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.PanelsUnusable, Level = LogLevel.Error, Message = "The panels cannot be used, and those before stay: {Reason}")]
    private partial void LogUnusable(string reason);
}

/// <summary>All panels as of the last look.</summary>
/// <param name="NotReached">Services whose metrics are missing in it.</param>
internal sealed record PanelBoard(IReadOnlyList<PanelState> Panels, IReadOnlyList<string> NotReached);
