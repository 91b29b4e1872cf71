using System.Globalization;
using System.Text;

namespace MlAspire.Gateway.Audit;

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
    public string Sign(CheckpointKey key) => $"{Body}\n{SignatureMark}{Origin} {Convert.ToBase64String([.. key.Id, .. key.Sign(Encoding.UTF8.GetBytes(Body))])}\n";

    /// <summary>Reads the signed form and checks that <paramref name="key"/> signed it under the log's own name.</summary>
    /// <exception cref="FormatException">It is not such a text, or nothing in it is a good signature by the key.</exception>
    public static Checkpoint Open(string note, CheckpointKey key)
    {
        var lines = note.Split('\n');
        if (lines.Length < 5 || lines[3].Length != 0 || !long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            throw new FormatException("It is not a checkpoint.");
        }

        var checkpoint = new Checkpoint(lines[0], size, Convert.FromBase64String(lines[2]));
        var mark = $"{SignatureMark}{checkpoint.Origin} ";
        return checkpoint.Root.Length == MerkleTree.HashBytes && lines[4..].Any(line => line.StartsWith(mark, StringComparison.Ordinal) && IsSigned(checkpoint, line[mark.Length..], key))
            ? checkpoint
            : throw new FormatException("The checkpoint has no good signature by this key.");
    }

    private static bool IsSigned(Checkpoint checkpoint, string signature, CheckpointKey key)
    {
        var bytes = Convert.FromBase64String(signature);
        return bytes.AsSpan().StartsWith(key.Id) && key.Verify(Encoding.UTF8.GetBytes(checkpoint.Body), bytes.AsSpan(key.Id.Length));
    }
}
