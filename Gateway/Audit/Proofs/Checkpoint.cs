using System.Globalization;
using System.Text;

namespace MlAspire.Gateway.Audit.Proofs;

/// <summary>The state of a log that its gateway answers for: how many records, and the root over them.</summary>
/// <remarks>
/// As text: origin, size, root in base64, an empty line, then one line a signature: <c>— NAME base64(key id ‖ signature)</c>.
/// Source: C2SP <see href="https://c2sp.org/tlog-checkpoint">tlog-checkpoint</see> and <see href="https://c2sp.org/signed-note">signed-note</see>.
/// </remarks>
internal sealed record Checkpoint(string Origin, long Size, byte[] Root)
{
    private const string SignatureMark = "— ";

    /// <summary>The lines that are signed, with the last line feed.</summary>
    public string Body => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n");

    /// <summary>The signed form.</summary>
    public string Sign(CheckpointKey key) => $"{Body}\n{SignatureLine(key, Origin)}";

    /// <summary>One signature, with its line feed, to be added to the signed form: the log's own, or a witness's.</summary>
    /// <param name="key">Who signs.</param>
    /// <param name="name">What it is called; without spaces.</param>
    public string SignatureLine(CheckpointKey key, string name) => $"{SignatureMark}{name} {Convert.ToBase64String([.. key.Id, .. key.Sign(Encoding.UTF8.GetBytes(Body))])}\n";

    /// <summary>Reads the signed form and checks that <paramref name="key"/> signed it under the log's own name.</summary>
    /// <exception cref="FormatException">It is not such a text, or nothing in it is a good signature by the key.</exception>
    public static Checkpoint Open(string note, CheckpointKey key) =>
        TryOpen(note, key) ?? throw new FormatException("The checkpoint has no good signature by this key.");

    /// <summary>As <see cref="Open"/>; null when nothing in it is a good signature by the key.</summary>
    /// <exception cref="FormatException">It is not such a text.</exception>
    public static Checkpoint? TryOpen(string note, CheckpointKey key)
    {
        var (checkpoint, signatures) = Read(note);
        return signatures.Any(signature => signature.Name == checkpoint.Origin && checkpoint.IsSigned(signature.Bytes, key)) ? checkpoint : null;
    }

    /// <summary>Reads the signed form without trusting it: who it says it is of.</summary>
    /// <exception cref="FormatException">It is not such a text.</exception>
    public static Checkpoint Parse(string note) => Read(note).Checkpoint;

    /// <summary>Whether a signature in the signed form is by <paramref name="witness"/>, whatever name is beside it.</summary>
    /// <exception cref="FormatException">It is not such a text.</exception>
    public static bool IsWitnessed(string note, CheckpointKey witness)
    {
        var (checkpoint, signatures) = Read(note);
        return signatures.Any(signature => checkpoint.IsSigned(signature.Bytes, witness));
    }

    private static (Checkpoint Checkpoint, IReadOnlyList<(string Name, byte[] Bytes)> Signatures) Read(string note)
    {
        var lines = note.Split('\n');
        if (lines.Length < 5 || lines[3].Length != 0 || lines[^1].Length != 0 || !long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            throw new FormatException("It is not a checkpoint.");
        }

        var checkpoint = new Checkpoint(lines[0], size, Bytes(lines[2]));
        return checkpoint.Root.Length == MerkleHash.Bytes ? (checkpoint, [.. lines[4..^1].Select(SignatureOf)]) : throw new FormatException("It is not a checkpoint: its root is no hash.");
    }

    private static (string Name, byte[] Bytes) SignatureOf(string line) =>
        line.StartsWith(SignatureMark, StringComparison.Ordinal) && line[SignatureMark.Length..].Split(' ') is [{ Length: > 0 } name, var bytes]
            ? (name, Bytes(bytes))
            : throw new FormatException("It is not a checkpoint: what follows the empty line must be signatures.");

    /// <summary>The bytes of a text that is their only spelling: other ones differ in bits behind the last byte.</summary>
    private static byte[] Bytes(string base64) =>
        Convert.FromBase64String(base64) is var bytes && Convert.ToBase64String(bytes) == base64 ? bytes : throw new FormatException("It is not a checkpoint: its base64 is not the one of its bytes.");

    private bool IsSigned(ReadOnlySpan<byte> signature, CheckpointKey key) => signature.StartsWith(key.Id) && key.Verify(Encoding.UTF8.GetBytes(Body), signature[key.Id.Length..]);
}
