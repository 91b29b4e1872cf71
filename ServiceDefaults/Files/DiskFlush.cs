using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MlAspire.ServiceDefaults.Files;

/// <summary>Forces to disk what was written, and says so when that fails.</summary>
/// <remarks>
/// On Linux by fsync itself: the runtime's own (<see cref="RandomAccess.FlushToDisk"/>, <c>FileStream.Flush(true)</c>) reports no failure. Its native part answers 1 for it
/// (<c>result = fsync(...) &lt; 0</c> in .NET 10's pal_io.c), and the rest looks for less than 0. To be removed when a test with the runtime's own fails for a broken disk.
/// </remarks>
public static partial class DiskFlush
{
    private const int ReadOnly = 0;
    private const int Interrupted = 4; // EINTR
    private const int NotSupported = 22; // EINVAL

    /// <summary>Forces a file's content to disk.</summary>
    /// <exception cref="IOException">It may not be there, and asking again would not tell: what the kernel could not write it may take for written.</exception>
    public static void File(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
        }
        else if (Failed(file) is { } error)
        {
            throw new IOException($"It cannot be forced to disk: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    /// <summary>Forces the names in a directory to disk: a file that was made or renamed is found after a loss of power only then. Where a file system has no such thing, nothing is done.</summary>
    /// <exception cref="IOException">They may not be there.</exception>
    public static void Directory(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var directory = Open(path, ReadOnly); // .NET opens none
        if (directory.IsInvalid || Failed(directory) is not (null or NotSupported))
        {
            throw new IOException($"The names in {path} cannot be forced to disk: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <returns>The error; null = it is done.</returns>
    private static int? Failed(SafeFileHandle handle)
    {
        int error;
        do
        {
            if (Force(handle) == 0)
            {
                return null;
            }

            error = Marshal.GetLastPInvokeError();
        }
        while (error == Interrupted);
        return error;
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Force(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
