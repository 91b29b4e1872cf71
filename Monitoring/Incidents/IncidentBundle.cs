using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.Monitoring.Configuration;
using MlAspire.Monitoring.Failures;
using MlAspire.Monitoring.Gateway;
using MlAspire.Monitoring.Health;
using MlAspire.Monitoring.LogRules;
using MlAspire.Monitoring.Logs;
using MlAspire.Monitoring.Panels;
using MlAspire.Monitoring.Windows;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Prometheus;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Monitoring.Incidents;

/// <summary>Makes the archive of a range of time: log lines, metrics, audit records, state, configuration, health, and a summary that answers what is asked after an incident.</summary>
internal sealed class IncidentBundle(
    IncidentSources sources, IncidentAudit audit, FailureSegments segments, LogSearch logs, SystemHealthWorker health, LogRuleWorker rules, PanelWorker panels, IConfiguration configuration, TimeProvider time)
{
    /// <summary>Lines of one question; of more the newest.</summary>
    public const int MaxLines = 10_000;

    private const int MaxModels = 10;

    private static readonly (string File, SourceQuestion Question)[] Configurations =
    [
        ("models.json", new(GatewayClient.Service, "/v1/models")), ("feature-registry.json", new("feature-store", "/v1/registry")), ("feature-registry-status.json", new("feature-store", "/v1/registry/status")),
        ("model-repository.json", new("inference", "/v2/repository/index") { Method = HttpMethod.Post }), ("model-statistics.json", new("inference", "/v2/models/stats")),
    ];

    private static readonly string[] Deployments =
        [TelemetryNames.Events.ApplicationStarted, TelemetryNames.Events.ApplicationStopping, TelemetryNames.Events.ModelLoaded, TelemetryNames.Events.ModelUnloaded, TelemetryNames.Events.RegistryLoaded];

    /// <returns>A zip, at its beginning; it is gone with the stream.</returns>
    /// <exception cref="ServiceError">Unauthenticated, PermissionDenied: the gateway refuses the key.</exception>
    public async Task<Stream> MakeAsync(TimeRange range, string? key, CancellationToken cancellationToken)
    {
        var file = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        try
        {
            using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
            {
                await FillAsync(new(zip, new(range, time.GetUtcNow())), key, cancellationToken);
            }

            file.Position = 0;
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    private async Task FillAsync(IncidentArchive archive, string? key, CancellationToken cancellationToken)
    {
        await audit.CollectAsync(archive, key, cancellationToken); // first: a wrong key ends it
        await AskAsync("audit/state-from.json", new(GatewayClient.Service, StateAt(archive.Facts.Range.From)));
        await AskAsync("audit/state-to.json", new(GatewayClient.Service, StateAt(archive.Facts.Range.To)));
        foreach (var (file, question) in Configurations)
        {
            await AskAsync($"configuration/{file}", question);
        }

        foreach (var service in configuration.ServiceNames())
        {
            await AskAsync($"metrics/{service}.prom", new(service, MetricsEndpoints.Path));
        }

        AddOwn(archive);
        AddLines(archive, cancellationToken);
        AddSegments(archive);
        archive.Add("summary.md", Encoding.UTF8.GetBytes(IncidentSummary.Of(archive.Facts)));

        async Task AskAsync(string file, SourceQuestion question)
        {
            if (await sources.AskAsync(question, key, archive.Facts.Missing.Add, cancellationToken) is { } answer)
            {
                archive.Add(file, answer);
            }
        }
    }

    private void AddOwn(IncidentArchive archive)
    {
        archive.Facts.Health = health.Services;
        archive.Add("health.json", JsonSerializer.SerializeToUtf8Bytes(health.Services, IncidentJson.Default.IReadOnlyDictionaryStringHealthBody));
        archive.Add("configuration/log-rules.json", JsonSerializer.SerializeToUtf8Bytes(rules.States, IncidentJson.Default.IReadOnlyListLogRuleState));
        archive.Add("metrics/panels.json", JsonSerializer.SerializeToUtf8Bytes(panels.Board.Panels, IncidentJson.Default.IReadOnlyListPanelState));
    }

    private void AddLines(IncidentArchive archive, CancellationToken cancellationToken)
    {
        var lines = Find("logs/lines.jsonl", [], null);
        archive.Facts.Warnings = Find("logs/warnings.jsonl", [], "WARNING");
        archive.Facts.Recoveries = Find("logs/recoveries.jsonl", new() { ["event"] = TelemetryNames.Events.ServiceHealthy }, null);
        archive.Facts.Deployments = [.. Deployments.SelectMany(name => Find($"logs/{name}.jsonl", new() { ["event"] = name }, null)).OrderBy(line => line.Time())];
        archive.Add("traces.jsonl", TraceTimelines.Of(lines));
        archive.Facts.Missing.Add("spans: the dashboard has them while it runs; traces.jsonl is what the log lines say of the traces that went wrong");

        IReadOnlyList<JsonElement> Find(string file, Dictionary<string, string> fields, string? level)
        {
            try
            {
                var found = logs.Find(new(fields, level, archive.Facts.Range.From, archive.Facts.Range.To), MaxLines, cancellationToken);
                archive.Add(file, found.Lines);
                if (!found.IsComplete || found.Matched > found.Lines.Count)
                {
                    archive.Facts.Missing.Add(string.Create(CultureInfo.InvariantCulture, $"{file}: the newest {found.Lines.Count} of {(found.IsComplete ? "" : "at least ")}{found.Matched} lines"));
                }

                return [.. found.Lines.Select(line => JsonElement.Parse(line))];
            }
            catch (ServiceError error)
            {
                archive.Facts.Missing.Add($"{file}: {error.Message}");
                return [];
            }
        }
    }

    private void AddSegments(IncidentArchive archive)
    {
        var facts = archive.Facts;
        foreach (var model in facts.Records.Select(record => record.TextOf("fallback_for") ?? record.TextOf("model")).OfType<string>().Distinct().Take(MaxModels))
        {
            AuditedRow[] rows = [.. facts.Records.Select(record => AuditedRow.Of(record, model)).OfType<AuditedRow>()];
            if (segments.Of(FailureQuestion.Of(model, facts.Range, null), new(rows, true)) is { Failures: > 0 } answer)
            {
                facts.Segments.Add(answer);
            }
        }

        archive.Add("failures.json", JsonSerializer.SerializeToUtf8Bytes(facts.Segments, IncidentJson.Default.ListSegmentsAnswer));
    }

    private static string StateAt(DateTimeOffset moment) => $"/v1/audit/state?at={Uri.EscapeDataString(moment.ToString("O", CultureInfo.InvariantCulture))}";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, UseStringEnumConverter = true)]
[JsonSerializable(typeof(IReadOnlyDictionary<string, HealthBody>))]
[JsonSerializable(typeof(IReadOnlyList<LogRuleState>))]
[JsonSerializable(typeof(IReadOnlyList<PanelState>))]
[JsonSerializable(typeof(List<SegmentsAnswer>))]
internal sealed partial class IncidentJson : JsonSerializerContext;
