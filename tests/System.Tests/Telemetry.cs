using System.Text.Json.Nodes;

namespace MlAspire.SystemTests;

/// <summary>What the real Dashboard has received, read through its telemetry API.</summary>
public sealed class Telemetry(Uri dashboard) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = dashboard, DefaultRequestHeaders = { { "x-api-key", RunningSystem.DashboardApiKey } } };

    /// <summary>The spans of a trace, once <paramref name="complete"/> holds for them.</summary>
    public async Task<IReadOnlyList<Span>> TraceAsync(string traceId, Func<IReadOnlyList<Span>, bool> complete)
    {
        IReadOnlyList<Span> spans = [];
        await Eventually.TrueAsync($"the whole trace {traceId} in the Dashboard", async () =>
        {
            using var response = await http.GetAsync($"/api/telemetry/traces/{traceId}");
            spans = response.IsSuccessStatusCode ? Spans(JsonNode.Parse(await response.Content.ReadAsStringAsync())!) : [];
            return complete(spans);
        });
        return spans;
    }

    /// <summary>The services that have logged a line with the attribute <paramref name="key"/> = <paramref name="value"/>, once all of <paramref name="services"/> have.</summary>
    public async Task<IReadOnlySet<string>> ServicesThatLoggedAsync(string key, string value, string[] services)
    {
        var found = new HashSet<string>();
        await Eventually.TrueAsync($"logs with {key}={value} of {string.Join(", ", services)}", async () =>
        {
            foreach (var service in services)
            {
                using var response = await http.GetAsync($"/api/telemetry/logs?resource={service}&limit=10000");
                if (response.IsSuccessStatusCode && HasAttribute(JsonNode.Parse(await response.Content.ReadAsStringAsync())!, key, value))
                {
                    found.Add(service);
                }
            }

            return found.IsSupersetOf(services);
        });
        return found;
    }

    public void Dispose() => http.Dispose();

    private static List<Span> Spans(JsonNode answer) =>
    [
        .. from resource in answer["data"]?["resourceSpans"]?.AsArray() ?? []
           from scope in resource!["scopeSpans"]!.AsArray()
           from span in scope!["spans"]!.AsArray()
           select new Span(
               Attribute(resource["resource"]!["attributes"]!.AsArray(), "service.name")!, (string)span!["name"]!, (string)span["spanId"]!, (string?)span["parentSpanId"],
               (string?)Attribute(span["attributes"]?.AsArray() ?? [], "correlation_id")),
    ];

    private static bool HasAttribute(JsonNode answer, string key, string value) =>
        (from resource in answer["data"]?["resourceLogs"]?.AsArray() ?? []
         from scope in resource!["scopeLogs"]!.AsArray()
         from record in scope!["logRecords"]!.AsArray()
         select Attribute(record!["attributes"]?.AsArray() ?? [], key)).Contains(value);

    private static string? Attribute(JsonArray attributes, string key) =>
        (string?)attributes.FirstOrDefault(a => (string?)a!["key"] == key)?["value"]?["stringValue"];
}

/// <summary>One span of a trace as the Dashboard holds it.</summary>
public sealed record Span(string Service, string Name, string Id, string? Parent, string? CorrelationId);
