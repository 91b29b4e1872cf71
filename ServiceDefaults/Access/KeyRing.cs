using System.Security.Cryptography;

namespace MlAspire.ServiceDefaults.Access;

/// <summary>Whose key a text is. Keys are kept as hashes only; immutable.</summary>
/// <param name="keys">SHA-256 of each key, and who holds it.</param>
public sealed class KeyRing<T>(IReadOnlyList<(byte[] Hash, T Holder)> keys)
    where T : class
{
    public int Count => keys.Count;

    public IEnumerable<T> Holders => keys.Select(key => key.Holder);

    /// <summary>The holder of <paramref name="key"/>; null when it is nobody's.</summary>
    /// <remarks>Takes the same time for every key of the same length: all hashes are compared, each in constant time.</remarks>
    public T? Find(string key)
    {
        if (key.Length is 0 or > ApiKey.LongestCharacters)
        {
            return null;
        }

        var hash = ApiKey.HashOf(key);
        T? found = null;
        foreach (var (known, holder) in keys)
        {
            found = CryptographicOperations.FixedTimeEquals(known, hash) ? holder : found;
        }

        return found;
    }
}
