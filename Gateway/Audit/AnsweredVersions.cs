using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.Gateway.Pipeline;

namespace MlAspire.Gateway.Audit;

/// <summary>Which versions have answered: the first answer of each has a record <c>version_first_answered</c> behind its own, in the same group.</summary>
/// <remarks>About 200 bytes a version, of which there are as many as the model server ever loaded. Thread-safe.</remarks>
internal sealed class AnsweredVersions(AuditLog audit) : IDisposable
{
    // Held while a version's first answer is recorded: it is recorded once, and not at all when it is not on disk.
    private readonly SemaphoreSlim recording = new(1);
    private volatile ImmutableHashSet<(string Model, string Version, string? Digest)> known =
        [.. audit.Events.Select(VersionFirstAnswered.Parse).OfType<VersionFirstAnswered>().Select(version => (version.Model, version.ModelVersion, version.ModelDigest))];

    /// <summary>Appends the records of an answered request.</summary>
    /// <inheritdoc cref="AuditLog.AppendAsync"/>
    public async Task<AuditPosition> AppendAsync(Answered answered, byte[][] records, CancellationToken cancellationToken)
    {
        var version = (answered.Route.Name, answered.Result.Version, answered.Result.ModelDigest);
        if (known.Contains(version))
        {
            return await audit.AppendAsync(records, cancellationToken);
        }

        await recording.WaitAsync(cancellationToken);
        try
        {
            if (known.Contains(version))
            {
                return await audit.AppendAsync(records, cancellationToken);
            }

            var position = await audit.AppendAsync([.. records, VersionFirstAnswered.Of(answered).ToJson()], cancellationToken);
            known = known.Add(version);
            return position;
        }
        finally
        {
            recording.Release();
        }
    }

    public void Dispose() => recording.Dispose();
}

/// <summary>That a version answered for the first time, as the audit log keeps it.</summary>
/// <param name="Schema">Version of this form.</param>
/// <param name="Event">Always <see cref="EventName"/>.</param>
/// <param name="Timestamp">Of the answer.</param>
/// <param name="Model">That answered.</param>
/// <param name="ModelVersion">Its version.</param>
/// <param name="ModelDigest">Its bytes, <c>sha256:</c> and hex digits; null when the model server does not say. Other bytes under the same version are another first answer.</param>
/// <param name="CorrelationId">Of the request.</param>
internal sealed record VersionFirstAnswered(int Schema, string Event, DateTimeOffset Timestamp, string Model, string ModelVersion, string? ModelDigest, string? CorrelationId)
{
    public const string EventName = "version_first_answered";

    public static VersionFirstAnswered Of(Answered answered) =>
        new(AuditRecord.Schema, EventName, answered.Trail.Time, answered.Route.Name, answered.Result.Version, answered.Result.ModelDigest, answered.Trail.CorrelationId);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, VersionJson.Default.VersionFirstAnswered);

    /// <summary>What a record of the audit log is; null when it is something else.</summary>
    public static VersionFirstAnswered? Parse(byte[] record) => AnyEvent.As(record, EventName, VersionJson.Default.VersionFirstAnswered);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(VersionFirstAnswered))]
internal sealed partial class VersionJson : JsonSerializerContext;
