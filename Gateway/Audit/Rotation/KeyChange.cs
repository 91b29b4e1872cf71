using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;

namespace MlAspire.Gateway.Audit.Rotation;

/// <summary>Records at the start that the log's key was replaced since the last one. While the log cannot be written the mark stays, and a later start records it.</summary>
internal sealed class KeyChange(AuditLog audit, IOptions<AuditOptions> options, TimeProvider time) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var directory = options.Value.Directory;
        if (RotationMark.Read(directory) is not { } mark)
        {
            return;
        }

        try
        {
            if (!audit.Events.Any(record => CheckpointKeyChanged.Parse(record)?.IsOf(mark) == true)) // a crash may have come before the mark went
            {
                await audit.AppendAsync([CheckpointKeyChanged.Record(mark, time.GetUtcNow())], cancellationToken);
            }

            RotationMark.Remove(directory);
        }
        catch (IOException)
        {
            // The log says that it cannot be written.
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>That the key that signs the log was replaced, as the audit log keeps it.</summary>
/// <param name="Schema">Version of this form.</param>
/// <param name="Event">Always <see cref="EventName"/>.</param>
/// <param name="Timestamp">When it was recorded.</param>
/// <param name="Old">Id of the key that signed before, in hexadecimal.</param>
/// <param name="New">Id of the key that signs now.</param>
/// <param name="Rotated">When it was replaced.</param>
internal sealed record CheckpointKeyChanged(int Schema, string Event, DateTimeOffset Timestamp, string Old, string New, DateTimeOffset Rotated)
{
    public const string EventName = "checkpoint_key_changed";

    public static byte[] Record(RotationMark mark, DateTimeOffset time) =>
        JsonSerializer.SerializeToUtf8Bytes(new(AuditRecord.Schema, EventName, time, mark.Old, mark.New, mark.At), KeyChangeJson.Default.CheckpointKeyChanged);

    /// <summary>What a record of the audit log is; null when it is something else.</summary>
    public static CheckpointKeyChanged? Parse(byte[] record) => AnyEvent.As(record, EventName, KeyChangeJson.Default.CheckpointKeyChanged);

    public bool IsOf(RotationMark mark) => (Old, New, Rotated) == (mark.Old, mark.New, mark.At);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CheckpointKeyChanged))]
internal sealed partial class KeyChangeJson : JsonSerializerContext;
