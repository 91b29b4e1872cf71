using System.Buffers;

namespace MlAspire.Gateway.Pipeline.Predict;

/// <summary>The id under which a prediction is found again: a UUIDv7, or what the caller gave.</summary>
internal static class PredictionId
{
    public const int LongestCharacters = 64;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>A new id; ids made later sort later, to the millisecond.</summary>
    public static string New(TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow()).ToString();

    public static bool IsValid(string id) => id.Length is > 0 and <= LongestCharacters && !id.AsSpan().ContainsAnyExcept(Allowed);
}
