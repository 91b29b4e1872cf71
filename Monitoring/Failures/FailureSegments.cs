using MlAspire.Monitoring.Summary;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Failures;

/// <summary>In which segments of a model's rows failures are over-represented.</summary>
internal sealed class FailureSegments(AuditRecords records, ModelStatistics statistics)
{
    /// <summary>Segments in an answer.</summary>
    public const int MaxAnswered = 100;

    /// <exception cref="ServiceError">As <see cref="AuditRecords.ReadAsync"/> says.</exception>
    public async Task<SegmentsAnswer> FindAsync(FailureQuestion question, string? key, CancellationToken cancellation)
    {
        var read = await records.ReadAsync(question, key, cancellation).ConfigureAwait(false);
        return Of(question, read);
    }

    /// <summary>The same of rows that were read already.</summary>
    public SegmentsAnswer Of(FailureQuestion question, ReadRows read)
    {
        var wanted = question.Kinds.HasFlag(FailureKinds.WrongLabel);
        List<(AuditedRow Row, bool Failed)> counted = [];
        foreach (var row in read.Rows)
        {
            var wrong = wanted && row.PredictionId is { } id && row.Label is { } label ? statistics.IsWrong(id, label) : null;
            var failed = (question.Kinds & row.Kind) != FailureKinds.None || wrong == true;
            if (!wanted || failed || wrong is not null)
            {
                counted.Add((row, failed));
            }
        }

        var ranked = SegmentRanking.Rank(new([.. counted.Select(each => each.Row)]), [.. counted.Select(each => each.Failed)]);
        return new(
            question.Model, question.Range.From, question.Range.To, FailureKindNames.Of(question.Kinds), counted.Count, counted.Count(each => each.Failed), read.Rows.Count - counted.Count, read.IsComplete, ranked.Count,
            [.. ranked.Take(MaxAnswered)]);
    }
}

/// <summary>Answer of <c>GET /v1/models/{name}/failures/segments</c>.</summary>
/// <param name="Model">Which model.</param>
/// <param name="From">The first moment.</param>
/// <param name="To">The moment after the last.</param>
/// <param name="Failure">What counted as a failure.</param>
/// <param name="Rows">Rows that were looked at.</param>
/// <param name="Failures">How many of them failed.</param>
/// <param name="Unlabelled">Rows that were left out because what came of them is not known.</param>
/// <param name="Complete">False when there were more records than are read: these are the newest.</param>
/// <param name="Tested">Segments that were tested.</param>
/// <param name="Segments">At most 100: first the flagged ones, then by p.</param>
public sealed record SegmentsAnswer(
    string Model, DateTimeOffset From, DateTimeOffset To, string Failure, int Rows, int Failures, int Unlabelled, bool Complete, int Tested, IReadOnlyList<RankedSegment> Segments);
