using MlAspire.Monitoring.Summary;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Failures;

/// <summary>In which segments of a model's requests, or of its rows when their labels are wrong, failures are over-represented.</summary>
internal sealed class FailureSegments(AuditRecords records, ModelStatistics statistics)
{
    /// <summary>Segments in an answer.</summary>
    public const int MaxAnswered = 100;

    /// <exception cref="ServiceError">As <see cref="AuditRecords.ReadAsync"/> says.</exception>
    public async Task<SegmentsAnswer> FindAsync(FailureQuestion question, string? key, CancellationToken cancellationToken)
    {
        var read = await records.ReadAsync(question, key, cancellationToken);
        return Of(question, read);
    }

    /// <summary>The same of rows that were read already.</summary>
    public SegmentsAnswer Of(FailureQuestion question, ReadRows read)
    {
        var byRow = question.Kinds == FailureKinds.WrongLabel;
        (AuditedRow Unit, bool Failed)[] counted = [.. byRow ? Labelled(question.Model, read.Rows) : Requests(read.Rows, question.Kinds)];
        var ranked = SegmentRanking.Rank(new([.. counted.Select(each => each.Unit)]), [.. counted.Select(each => each.Failed)]);
        return new(
            question.Model, question.Range.From, question.Range.To, FailureKindNames.Of(question.Kinds), byRow ? "row" : "request", counted.Length, counted.Count(each => each.Failed),
            byRow ? read.Rows.Count - counted.Length : 0, read.IsComplete, ranked.Count, [.. ranked.Take(MaxAnswered)]);
    }

    /// <summary>The rows of a request fail together: as trials of their own they would make one failure as many as it has rows.</summary>
    private static IEnumerable<(AuditedRow Request, bool Failed)> Requests(IEnumerable<AuditedRow> rows, FailureKinds kinds) =>
        rows.GroupBy(row => (row.CorrelationId, row.Time)).Select(request => (AuditedRow.OfRequest([.. request]), request.Any(row => (kinds & row.Kind) != FailureKinds.None)));

    /// <summary>What came of the reading of the features may be why an answer is wrong, so it is tested too.</summary>
    private IEnumerable<(AuditedRow Row, bool Failed)> Labelled(string model, IEnumerable<AuditedRow> rows)
    {
        foreach (var row in rows)
        {
            if (row.PredictionId is { } id && row.Label is { } label && statistics.IsWrong(model, id, label) is { } wrong)
            {
                yield return (row with { Texts = [.. row.Texts, .. row.Statuses] }, wrong);
            }
        }
    }
}

/// <summary>Answer of <c>GET /v1/models/{name}/failures/segments</c>.</summary>
/// <param name="Model">Which model.</param>
/// <param name="From">The first moment.</param>
/// <param name="To">The moment after the last.</param>
/// <param name="Failure">What counted as a failure.</param>
/// <param name="Unit">What was counted: <c>request</c>, or <c>row</c> for <c>wrong_label</c>.</param>
/// <param name="Units">How many were looked at.</param>
/// <param name="Failures">How many of them failed.</param>
/// <param name="Unlabelled">Rows that were left out because what came of them is not known.</param>
/// <param name="Complete">False when there were more records than are read: these are the newest.</param>
/// <param name="Tested">Segments that were tested.</param>
/// <param name="Segments">At most 100: first the flagged ones, then by p.</param>
public sealed record SegmentsAnswer(
    string Model, DateTimeOffset From, DateTimeOffset To, string Failure, string Unit, int Units, int Failures, int Unlabelled, bool Complete, int Tested, IReadOnlyList<RankedSegment> Segments);
