using System.Text;
using MlAspire.Gateway.Audit.Proofs;

namespace MlAspire.Gateway.Audit.Segments;

/// <summary>Signs and checks the seals of one log with the key of its checkpoints: no checkpoint covers what a seal adds to the hashes, the marks and keys by which records are found.</summary>
/// <remarks>
/// As a line: <c>s</c>, a space, the key's id and the signature in base64 (<c>s 3q2+7w...=</c>). Signed are the log's origin, <c>seal</c> and the text of the summary, each on a line of its own:
/// a checkpoint has a number there, so that neither can stand for the other.
/// </remarks>
/// <param name="key">The log's, or its public half for those who only check.</param>
/// <param name="origin">The log's name.</param>
internal sealed class SealSignature(CheckpointKey key, string origin)
{
    private static readonly byte[] Prefix = [.. "s "u8];

    /// <summary>Whether a line of a seal is a signature, good or not.</summary>
    public static bool Is(ReadOnlySpan<byte> line) => line.StartsWith(Prefix);

    /// <summary>The signature over a summary, as a line.</summary>
    public byte[] Of(ReadOnlySpan<byte> summary) => [.. Prefix, .. Encoding.ASCII.GetBytes(Convert.ToBase64String([.. key.Id, .. key.Sign(Signed(summary))]))];

    /// <summary>Whether a line is the log's signature over a summary.</summary>
    public bool IsOf(ReadOnlySpan<byte> line, ReadOnlySpan<byte> summary)
    {
        var bytes = new byte[line.Length];
        return Is(line) && Convert.TryFromBase64String(Encoding.ASCII.GetString(line[Prefix.Length..]), bytes, out var length)
            && bytes.AsSpan(0, length) is var signature && signature.StartsWith(key.Id) && key.Verify(Signed(summary), signature[key.Id.Length..]);
    }

    private byte[] Signed(ReadOnlySpan<byte> summary) => [.. Encoding.UTF8.GetBytes($"{origin}\nseal\n"), .. summary, AuditLine.LineFeed];
}
