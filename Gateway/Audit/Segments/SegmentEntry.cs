using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MlAspire.Gateway.Audit.Proofs;

namespace MlAspire.Gateway.Audit.Segments;

/// <summary>What the gateway knows of a record without reading it again, and what remains of one that was removed.</summary>
/// <remarks>
/// As text: the leaf hash in base64, the bytes of its line, and <c>p</c> (<c>f</c>: it failed) with the key of the prediction's or report's id in hexadecimal, <c>e</c> with the whole record when it is of the gateway's state, or <c>-</c>:
/// <c>3q2+7w...= 1532 p0a1b...</c>
/// </remarks>
/// <param name="Leaf">Its <see cref="MerkleHash.OfLeaf"/>.</param>
/// <param name="LineBytes">Length of its line, with CRC and line feed.</param>
/// <param name="Id">What it is found by (<see cref="IdIndex"/>); null when it is found by its index alone.</param>
/// <param name="Event">The record itself when the gateway's state is made of it: these stay. Null otherwise.</param>
internal sealed record SegmentEntry(byte[] Leaf, int LineBytes, UInt128? Id, byte[]? Event)
{
    /// <summary>Whether the prediction was not answered.</summary>
    public bool IsFailure { get; init; }

    private const byte Space = (byte)' ';

    public static SegmentEntry Of(ReadOnlySpan<byte> record) => new(
        MerkleHash.OfLeaf(record), AuditLine.LengthOf(record), IdIndex.KeyOf(record), AuditRecord.IsOfState(record) ? record.ToArray() : null) { IsFailure = AuditRecord.IsFailure(record) };

    public byte[] ToText()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{Convert.ToBase64String(Leaf)} {LineBytes} {(Event is not null ? "e" : Id is { } key ? $"{(IsFailure ? 'f' : 'p')}{key:x32}" : "-")}");
        return [.. Encoding.ASCII.GetBytes(text), .. Event ?? []];
    }

    /// <exception cref="InvalidDataException">It is no such text, or a change is not what its hash says.</exception>
    public static SegmentEntry Parse(ReadOnlySpan<byte> text)
    {
        var (first, leaf) = (text.IndexOf(Space), new byte[MerkleHash.Bytes]);
        if (first > 0 && Base64.DecodeFromUtf8(text[..first], leaf, out _, out var hash) == System.Buffers.OperationStatus.Done && hash == leaf.Length
            && Utf8Parser.TryParse(text[(first + 1)..], out int bytes, out var digits) && text[(first + 1 + digits)..] is [Space, var kind, .. var rest])
        {
            switch (kind)
            {
                case (byte)'-' when rest.IsEmpty:
                    return new(leaf, bytes, null, null);
                case (byte)'p' or (byte)'f' when UInt128.TryParse(rest, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var key):
                    return new(leaf, bytes, key, null) { IsFailure = kind == 'f' };
                case (byte)'e' when MerkleHash.OfLeaf(rest).AsSpan().SequenceEqual(leaf):
                    return new(leaf, bytes, IdIndex.KeyOf(rest), rest.ToArray());
            }
        }

        throw new InvalidDataException("A line of the seal is no entry.");
    }
}
