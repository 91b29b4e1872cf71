using System.Security.Cryptography;

namespace MlAspire.Gateway.Audit.Segments;

/// <summary>What a seal is made of: the tree over a segment's hashes, and one hash over all that its entries say. Not thread-safe.</summary>
internal sealed class SealEntries : IDisposable
{
    private readonly MerkleFrontier frontier = new();
    private readonly IncrementalHash texts = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>How many there are.</summary>
    public long Count => frontier.Size;

    /// <summary>Root of the Merkle tree over their leaf hashes, in base64.</summary>
    public string Root => Convert.ToBase64String(frontier.Root());

    /// <summary>SHA-256 over their texts, each with a line feed, in base64.</summary>
    public string Hash => Convert.ToBase64String(texts.GetCurrentHash());

    /// <param name="entry">The next one.</param>
    /// <returns>Its text.</returns>
    public byte[] Add(SegmentEntry entry)
    {
        var text = entry.ToText();
        frontier.Append(entry.Leaf);
        texts.AppendData(text);
        texts.AppendData([AuditLine.LineFeed]);
        return text;
    }

    public void Dispose() => texts.Dispose();
}
