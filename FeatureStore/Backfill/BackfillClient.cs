using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Registry;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.FeatureStore.Backfill;

/// <summary>Pushes rows to a feature store and waits while it is full or away: nothing is lost for being early.</summary>
internal sealed class BackfillClient(HttpClient http, PushSource source, string producer, TimeProvider time, Action<string> say)
{
    /// <summary>Offset of the next row that the store will count.</summary>
    /// <exception cref="ServiceError">The store refuses the producer, or fails.</exception>
    public async Task<long> NextOffsetAsync(CancellationToken cancellationToken) =>
        (await UntilAnsweredAsync<Producer>(token => http.GetAsync(new Uri($"/v1/producers/{Uri.EscapeDataString(producer)}", UriKind.Relative), token), cancellationToken)).NextOffset;

    /// <summary>Pushes rows with consecutive offsets.</summary>
    /// <param name="setAside">The store sets aside what is wrong, and takes the rest.</param>
    /// <returns>What is wrong with which of them, by position; empty = all are taken. When anything is wrong, none is.</returns>
    /// <exception cref="ServiceError">The store refuses the push for another reason than its rows, or fails.</exception>
    public async Task<IReadOnlyDictionary<int, string>> PushAsync(IReadOnlyList<BackfillRow> rows, bool setAside, CancellationToken cancellationToken)
    {
        var df = new JsonObject { [source.EventTime] = new JsonArray([.. rows.Select(row => (JsonNode?)row.Values[0])]) };
        for (var f = 0; f < source.Fields.Count; f++)
        {
            var (field, column) = (source.Fields[f], f + 1);
            df[field.Name] = new JsonArray([.. rows.Select(row => Value(field.Type, row.Values[column]))]);
        }
        var body = new JsonObject { ["push_source_name"] = source.Name, ["df"] = df, ["to"] = "online", ["producer"] = producer, ["offset"] = rows[0].Offset, ["on_error"] = setAside ? "quarantine" : null }.ToJsonString();
        try
        {
            await UntilAnsweredAsync<JsonNode>(token => http.PostAsync(new Uri("/push", UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), token), cancellationToken);
            return new Dictionary<int, string>();
        }
        catch (ServiceError refused) when (Wrong(refused.Errors) is { Count: > 0 } wrong)
        {
            return wrong;
        }
    }

    private Task<T> UntilAnsweredAsync<T>(Func<CancellationToken, Task<HttpResponseMessage>> call, CancellationToken cancellationToken) where T : class => UntilAnswered.RunAsync(
        async token =>
        {
            using var response = await call(token);
            return await response.ReadAsync<T>(token);
        },
        (failure, wait) =>
        {
            if (wait > UntilAnswered.FirstWait)
            {
                say($"waiting for {http.BaseAddress}: {failure.InnerException?.Message ?? failure.Message}");
            }
        },
        time, cancellationToken);

    private static Dictionary<int, string> Wrong(IReadOnlyList<FieldError> errors)
    {
        var wrong = new Dictionary<int, string>();
        foreach (var (field, message) in errors)
        {
            if (RowOf(field) is { } row)
            {
                wrong[row] = $"{(wrong.TryGetValue(row, out var before) ? before + "; " : "")}{ColumnOf(field)} {message}";
            }
        }
        return wrong;
    }

    /// <summary>The text as JSON of its type, or as a string, which the store will refuse with its own words. As a join writes them, whose files may come back.</summary>
    private static JsonNode? Value(FieldType type, string? text) => type switch
    {
        _ when text is null => null,
        FieldType.String => text,
        _ when text.Length == 0 => null,
        FieldType.Int32 or FieldType.Int64 or FieldType.UnixTimestamp when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        FieldType.Float or FieldType.Double when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => number,
        FieldType.Bool when text is "true" or "false" or "0" or "1" => text is "true" or "1",
        _ when FieldTypes.IsList(type) => List(text) ?? text,
        _ => text,
    };

    private static JsonNode? List(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonArray;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>3 of <c>df.delay_minutes[3]</c>, and of <c>df.tags[3][1]</c>, the second value of a list.</summary>
    private static int? RowOf(string field)
    {
        var (from, to) = Brackets(field);
        return from > 0 && to > from && int.TryParse(field[from..to], NumberStyles.None, CultureInfo.InvariantCulture, out var row) ? row : null;
    }

    /// <summary>The column, and of a list which of its values: <c>tags[1]</c>.</summary>
    private static string ColumnOf(string field)
    {
        var (from, to) = Brackets(field);
        return field[(field.IndexOf('.', StringComparison.Ordinal) + 1)..(from - 1)] + field[(to + 1)..];
    }

    /// <summary>Between the first brackets.</summary>
    private static (int From, int To) Brackets(string field) => (field.IndexOf('[', StringComparison.Ordinal) + 1, field.IndexOf(']', StringComparison.Ordinal));

    private sealed record Producer(long NextOffset);
}
