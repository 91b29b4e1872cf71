using System.Runtime.InteropServices;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>Writes to stdout and stderr, and says so when nobody reads them.</summary>
/// <remarks>
/// On Linux by write itself: .NET's own stream takes a pipe that nobody reads any more (EPIPE) for success, in .NET 10's ConsolePal.Unix.cs; a FileStream would keep a position of its own, and so write over what others
/// write to the same file. To be removed when a test with the runtime's own fails for a pipe without a reader.
/// </remarks>
internal static partial class StandardStream
{
    private const int Interrupted = 4; // EINTR
    private const int WouldBlock = 11; // EAGAIN
    private const short CanWrite = 4; // POLLOUT

    /// <returns>Writes all that it is given to stdout, and waits while there is no room.</returns>
    /// <exception cref="IOException">Of the writer: not all of it is there.</exception>
    public static Action<ReadOnlySpan<byte>> Output() => OperatingSystem.IsLinux() ? static bytes => Write(1, bytes) : Console.OpenStandardOutput().Write;

    /// <summary>As <see cref="Output"/>, to stderr.</summary>
    public static Action<ReadOnlySpan<byte>> Error() => OperatingSystem.IsLinux() ? static bytes => Write(2, bytes) : Console.OpenStandardError().Write;

    /// <param name="descriptor">Of a file that is open.</param>
    internal static void Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var written = Write(descriptor, bytes, bytes.Length);
            if (written >= 0)
            {
                bytes = bytes[(int)written..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    break;
                case WouldBlock: // whoever shares the pipe may have set it so
                    var waits = new Waits { Descriptor = descriptor, Events = CanWrite };
                    _ = Poll(ref waits, 1, Timeout.Infinite);
                    break;
                default:
                    throw new IOException($"Descriptor {descriptor} cannot be written to: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ReadOnlySpan<byte> bytes, nint count);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref Waits waits, nuint count, int milliseconds);

    // struct pollfd
    private struct Waits
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }
}
