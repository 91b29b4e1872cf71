using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace MlAspire.Gateway.Audit.Export;

/// <summary>The first line of a bundle.</summary>
/// <param name="Bundle">Version of this form.</param>
/// <param name="Query">What was asked for, as in the request.</param>
/// <param name="Actor">Who asked.</param>
/// <param name="Made">When.</param>
/// <param name="Checkpoint">Signed; the records' proofs lead to its root.</param>
internal sealed record BundleHeader(int Bundle, string Query, string Actor, DateTimeOffset Made, string Checkpoint);

/// <param name="Index">The record's place in the log.</param>
/// <param name="Bytes">It, as it was hashed.</param>
/// <param name="Proof">Hashes from it to the checkpoint's root.</param>
/// <param name="Personal">What belongs to its subject, in plain text; null when nothing does, it was erased, or not asked for.</param>
/// <param name="Unreadable">Whether that is null because the subject's key is damaged or lost; not in the line else.</param>
internal sealed record BundleRecord(
    long Index, byte[] Bytes, IReadOnlyList<byte[]> Proof, byte[]? Personal, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Unreadable = false);

/// <summary>The last line of a bundle.</summary>
/// <param name="Records">How many there are.</param>
/// <param name="Before">The parameter <c>before</c> of the next bundle; null when there is no more.</param>
/// <param name="Signature">Key id and signature.</param>
internal sealed record BundleEnd(int Records, long? Before, byte[] Signature)
{
    /// <summary>What the signature is over.</summary>
    public static byte[] Signed(string origin, int records, long? before, byte[] hash) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"audit bundle v1\n{origin}\n{records}\n{before}\n{Convert.ToBase64String(hash)}\n"));
}

// Metadata only: the generated fast path writes a byte[] that is null as an empty text.
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(BundleHeader))]
[JsonSerializable(typeof(BundleRecord))]
[JsonSerializable(typeof(BundleEnd))]
internal sealed partial class BundleJson : JsonSerializerContext;
