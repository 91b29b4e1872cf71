using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Backfill;

/// <summary>Pushes rows to a feature store and waits while it is full or away: nothing is lost for being early.</summary>
internal sealed class BackfillClient(HttpClient http, PushSource source, string producer, TimeProvider time, Action<string> say)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>Offset of the next row that the store will count.</summary>
    /// <exception cref="FormatException">The store refuses the producer.</exception>
    public async Task<long> NextOffsetAsync(CancellationToken cancellation)
    {
        using var response = await UntilTakenAsync(() => http.GetAsync(new Uri($"/v1/producers/{Uri.EscapeDataString(producer)}", UriKind.Relative), cancellation), cancellation);
        var answer = await response.Content.ReadFromJsonAsync<JsonNode>(cancellation);
        return response.IsSuccessStatusCode ? (long)answer!["next_offset"]! : throw new FormatException((string?)answer?["detail"] ?? $"The store answers {(int)response.StatusCode}.");
    }

    /// <summary>Pushes rows with consecutive offsets.</summary>
    /// <param name="setAside">The store sets aside what is wrong, and takes the rest.</param>
    /// <returns>What is wrong with which of them, by position; empty = all are taken. When anything is wrong, none is.</returns>
    /// <exception cref="FormatException">The store refuses the push for another reason than its rows.</exception>
    public async Task<IReadOnlyDictionary<int, string>> PushAsync(IReadOnlyList<BackfillRow> rows, bool setAside, CancellationToken cancellation)
    {
        var df = new JsonObject { [source.EventTime] = new JsonArray([.. rows.Select(row => (JsonNode?)row.Values[0])]) };
        for (var f = 0; f < source.Fields.Count; f++)
        {
            var (field, column) = (source.Fields[f], f + 1);
            df[field.Name] = new JsonArray([.. rows.Select(row => Value(field.Type, row.Values[column]))]);
        }
        var body = new JsonObject { ["push_source_name"] = source.Name, ["df"] = df, ["to"] = "online", ["producer"] = producer, ["offset"] = rows[0].Offset, ["on_error"] = setAside ? "quarantine" : null }.ToJsonString();
        using var response = await UntilTakenAsync(() => http.PostAsync(new Uri("/push", UriKind.Relative), new StringContent(body, System.Text.Encoding.UTF8, "application/json"), cancellation), cancellation);
        if (response.IsSuccessStatusCode) { return new Dictionary<int, string>(); }
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellation));
        var wrong = new Dictionary<int, string>();
        foreach (var error in problem?["errors"]?.AsArray() ?? [])
        {
            if (RowOf((string)error!["field"]!) is { } row) { wrong[row] = $"{(wrong.TryGetValue(row, out var before) ? before + "; " : "")}{ColumnOf((string)error["field"]!)} {error["message"]}"; }
        }
        return wrong.Count > 0 ? wrong : throw new FormatException((string?)problem?["detail"] ?? $"The store answers {(int)response.StatusCode}.");
    }

    private async Task<HttpResponseMessage> UntilTakenAsync(Func<Task<HttpResponseMessage>> call, CancellationToken cancellation)
    {
        for (var wait = FirstWait; ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            string reason;
            try
            {
                var response = await call();
                if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)) { return response; }
                reason = $"the store answers {(int)response.StatusCode}";
                response.Dispose();
            }
            catch (HttpRequestException e)
            {
                reason = e.Message;
            }
            if (wait > FirstWait) { say($"waiting for {http.BaseAddress}: {reason}"); }
            await Task.Delay(wait, time, cancellation);
        }
    }

    /// <summary>The text as JSON of its type, or as a string, which the store will refuse with its own words.</summary>
    private static JsonNode? Value(FieldType type, string text) => type switch
    {
        FieldType.String => text,
        _ when text.Length == 0 => null,
        FieldType.Int32 or FieldType.Int64 when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        FieldType.Float or FieldType.Double when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => number,
        FieldType.Bool when text is "true" or "false" => text == "true",
        _ => text,
    };

    /// <summary>3 of <c>df.delay_minutes[3]</c>.</summary>
    private static int? RowOf(string field) =>
        field.EndsWith(']') && int.TryParse(field[(field.LastIndexOf('[') + 1)..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var row) ? row : null;

    private static string ColumnOf(string field) => field[(field.IndexOf('.', StringComparison.Ordinal) + 1)..field.LastIndexOf('[')];
}
