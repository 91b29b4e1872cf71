namespace MlAspire.LocalFeed.Redis.Stress;

/// <summary>An answer was wrong, late or missing.</summary>
internal sealed class StressFailure(string message) : Exception(message);

internal static class Check
{
    public static void Equal<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new StressFailure($"{what}: expected {expected}, got {actual}");
        }
    }

    public static void SameItems<T>(IEnumerable<T> expected, IEnumerable<T> actual, string what)
    {
        if (!expected.SequenceEqual(actual))
        {
            throw new StressFailure($"{what}: expected [{string.Join(", ", expected)}], got [{string.Join(", ", actual)}]");
        }
    }

    public static void That(bool condition, string what)
    {
        if (!condition)
        {
            throw new StressFailure(what);
        }
    }

    /// <summary>Awaits with a limit, so that a hang is a failure that says what was missing.</summary>
    public static async Task<T> Within<T>(TimeSpan limit, Task<T> task, string what)
    {
        try
        {
            return await task.WaitAsync(limit);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new StressFailure($"{what}: nothing after {limit.TotalSeconds:0} s");
        }
    }
}
