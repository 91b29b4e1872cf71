using System.Text;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.Gateway.Audit.Verification;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Gateway.Audit.Rotation;

/// <summary>Replaces the key of a log whose gateway is stopped: what the old key signed, the new one signs again. No record changes, and nothing is signed that the old key did not sign.</summary>
/// <remarks>A crash leaves a <see cref="RotationMark"/>, with which no gateway starts; run again, it goes on. The gateway's next start records the change.</remarks>
internal static class KeyRotation
{
    /// <returns>How many seals there are, and the log's checkpoint.</returns>
    /// <exception cref="FormatException">The log is not what its checkpoint says by the old key, or another rotation is not done; nothing is changed.</exception>
    /// <exception cref="InvalidDataException">A seal is signed by neither key.</exception>
    /// <exception cref="IOException">A gateway has the log open, or a file cannot be read or written.</exception>
    public static (int Seals, Checkpoint Checkpoint) Run(string directory, CheckpointKey old, CheckpointKey made, DateTimeOffset now)
    {
        if (RotationMark.IdOf(old) == RotationMark.IdOf(made))
        {
            throw new FormatException("The new key is the old one.");
        }

        using var ownership = AuditSegments.Own(directory);
        if (RotationMark.Read(directory) is { } earlier)
        {
            if (earlier.IsDone || !earlier.IsOf(old, made))
            {
                throw new FormatException(earlier.IsDone
                    ? $"The log was rotated to the key {earlier.New}, and its gateway has not recorded it: start it once."
                    : $"A rotation from the key {earlier.Old} to {earlier.New} is not done: run it again with these.");
            }

            now = earlier.At;
        }
        else
        {
            Verify(directory, old);
        }

        var mark = new RotationMark(false, RotationMark.IdOf(old), RotationMark.IdOf(made), now);
        mark.Write(directory);
        var origin = SignCheckpoint(directory, old, made).Origin;
        var segments = Segment.In(directory).Where(segment => File.Exists(segment.SealPath)).ToArray();
        foreach (var segment in segments)
        {
            Seal.SignAgain(segment, new(old, origin), new(made, origin));
        }

        var checkpoint = Verify(directory, made);
        (mark with { IsDone = true }).Write(directory);
        return (segments.Length, checkpoint);
    }

    private static Checkpoint Verify(string directory, CheckpointKey key)
    {
        var path = PathOf(directory);
        var checkpoint = Checkpoint.Open(File.ReadAllText(path), key);
        var report = AuditVerifier.Verify(directory, [new(path, checkpoint, false)], key, null);
        return report.Problems.Count == 0 ? checkpoint : throw new FormatException(string.Join(' ', report.Problems));
    }

    private static Checkpoint SignCheckpoint(string directory, CheckpointKey old, CheckpointKey made)
    {
        var path = PathOf(directory);
        var note = File.ReadAllText(path);
        if (Checkpoint.TryOpen(note, made) is { } done)
        {
            return done;
        }

        var checkpoint = Checkpoint.Open(note, old);
        WholeFile.Write(path, Encoding.UTF8.GetBytes(checkpoint.Sign(made)));
        return checkpoint;
    }

    private static string PathOf(string directory) => Path.Combine(directory, CheckpointFile.Name);
}
