using System.Runtime.InteropServices;

namespace MlAspire.Benchmarks.Load;

/// <summary>Waits for microseconds without taking a core; the waits of .NET are of whole milliseconds.</summary>
internal static partial class Pause
{
    /// <summary>Nothing for a duration of 0 or less.</summary>
    public static void For(TimeSpan duration)
    {
        if (duration > TimeSpan.Zero)
        {
            _ = Sleep((uint)Math.Min(duration.TotalMicroseconds, uint.MaxValue));
        }
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int Sleep(uint microseconds);
}
