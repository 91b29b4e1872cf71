using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Audit.Subjects;

/// <summary>Erases subjects: the record of it first, then the key. What a crash left between the two is done when the keys are opened again.</summary>
internal sealed class Erasure(AuditLog audit, SubjectKeys keys, IOptions<AuditOptions> options, TimeProvider time)
{
    /// <param name="subject">Entity and value: <c>passenger:4711</c>.</param>
    /// <param name="actor">Who asked for it.</param>
    /// <param name="cancellationToken">Gives up before the record is written.</param>
    /// <exception cref="ServiceError">NotFound: no record is about the subject, or it was erased before. Unavailable: the record or the key cannot be written, or the disk hangs; who asks again learns what became of it.</exception>
    public async Task<ErasureAnswer> RunAsync(string subject, string actor, CancellationToken cancellationToken)
    {
        var slot = keys.Find(subject) ?? throw new ServiceError(ErrorCode.NotFound, "The audit log has nothing that belongs to this subject, or it was erased before.", "id");
        try
        {
            return await EraseAsync(slot, actor, cancellationToken).WaitAsync(options.Value.StallsAfter, time, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            throw new ServiceError(ErrorCode.Unavailable, "The audit log or its keys cannot be written; ask again.", e);
        }
    }

    private async Task<ErasureAnswer> EraseAsync(long slot, string actor, CancellationToken cancellationToken)
    {
        await keys.KeepAsync(slot); // or a loss of power could leave a record of it, and the slot to the next subject
        var record = new SubjectErased(AuditRecord.Schema, SubjectErased.EventName, time.GetUtcNow(), actor, slot, CorrelationId.Current);
        var position = await audit.AppendAsync([JsonSerializer.SerializeToUtf8Bytes(record, SubjectJson.Default.SubjectErased)], cancellationToken);
        await keys.EraseAsync(slot);
        return new(slot, position.Index);
    }
}

/// <summary>Answer of <c>DELETE /v1/subjects/{id}</c>.</summary>
/// <param name="Key">Slot of the key that is gone: records name it.</param>
/// <param name="AuditIndex">Index of the record of the erasure.</param>
public sealed record ErasureAnswer(long Key, long AuditIndex);

/// <summary>An erasure as the audit log keeps it. It does not say of whom: that would outlive it.</summary>
/// <param name="Schema">Version of this form.</param>
/// <param name="Event">Always <see cref="EventName"/>.</param>
/// <param name="Timestamp">When.</param>
/// <param name="Actor">Name of the key that asked for it.</param>
/// <param name="Key">Slot of the key that was destroyed.</param>
/// <param name="CorrelationId">Of the request that asked.</param>
internal sealed record SubjectErased(int Schema, string Event, DateTimeOffset Timestamp, string Actor, long Key, string? CorrelationId)
{
    public const string EventName = "subject_erased";

    private static readonly byte[] Mark = Encoding.UTF8.GetBytes($"\"event\":\"{EventName}\"");

    /// <summary>The erasure that a record is; null when it is something else.</summary>
    public static SubjectErased? Parse(byte[] record) =>
        record.AsSpan(0, Math.Min(record.Length, 64)).IndexOf(Mark) >= 0 ? JsonSerializer.Deserialize(record, SubjectJson.Default.SubjectErased) : null;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ErasureAnswer))]
[JsonSerializable(typeof(SubjectErased))]
internal sealed partial class SubjectJson : JsonSerializerContext;
