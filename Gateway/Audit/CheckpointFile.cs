using System.Text;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Gateway.Audit;

/// <summary>The newest checkpoint, kept beside the log and read at the start: a log that lost or changed records since does not open.</summary>
internal static class CheckpointFile
{
    public const string Name = "checkpoint";

    /// <returns>How many records it covers; -1 when there is none.</returns>
    /// <exception cref="InvalidDataException">The log is not what the checkpoint says, or the checkpoint is not signed by the log's key.</exception>
    public static long Check(string directory, AuditLog log)
    {
        var path = Path.Combine(directory, Name);
        if (!File.Exists(path))
        {
            return -1;
        }

        var checkpoint = Open(File.ReadAllText(path), log.Key);
        if (checkpoint.Origin != log.Origin || checkpoint.Size > log.Count || !log.RootAt(checkpoint.Size).AsSpan().SequenceEqual(checkpoint.Root))
        {
            throw new InvalidDataException(
                $"The audit log ({log.Origin}, {log.Count} records) is not a continuation of its last checkpoint ({checkpoint.Origin}, {checkpoint.Size} records): records were lost or changed.");
        }

        return checkpoint.Size;
    }

    /// <summary>The log's checkpoint of now in its signed form.</summary>
    public static byte[] Sign(AuditLog log) => Encoding.UTF8.GetBytes(log.Checkpoint().Sign(log.Key));

    /// <summary>Replaces the checkpoint whole: a crash leaves the old one or the new one.</summary>
    /// <param name="directory">The log's folder.</param>
    /// <param name="note">The new one, as <see cref="Sign"/> makes it.</param>
    public static void Write(string directory, byte[] note) => WholeFile.Write(Path.Combine(directory, Name), note);

    private static Checkpoint Open(string note, CheckpointKey key)
    {
        try
        {
            return Checkpoint.Open(note, key);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"The last checkpoint of the audit log cannot be trusted: {e.Message}", e);
        }
    }
}
