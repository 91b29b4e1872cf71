namespace MlAspire.FeatureStore.Registry;

/// <summary>What must hold between the parts of a source.</summary>
internal static class PushSourceCheck
{
    // Ids are kept for so long.
    private static readonly TimeSpan MaxLateness = TimeSpan.FromDays(30);

    public static void Report(JsonPath json, PushSource source)
    {
        var isWrong = json.Problems.Exists(problem => problem.Path == $"{json.Path}.lateness"); // none could be read
        if (!isWrong && source.Lateness is { } lateness && (lateness <= TimeSpan.Zero || lateness > MaxLateness))
        {
            json.Require("lateness").Report("must be longer than zero and at most P30D");
        }
        if (source.Lateness is null && (json.Find("eventId") ?? json.Find("late")) is { } needs)
        {
            needs.Report("needs the source's 'lateness'");
        }
        if (source.EventId is { Length: > 0 } id)
        {
            FeatureViewCheck.ReportField(json.Require("eventId"), source, id, FieldType.String, FieldType.Int32, FieldType.Int64);
        }
    }
}
