using System.Runtime.InteropServices;
using Xunit;

namespace MlAspire.Testing;

/// <summary>How large a process's files may grow: a write beyond fails, as on a full disk.</summary>
public static partial class FileLimit
{
    /// <summary>Starts <c>dotnet</c> with the arguments behind it so that such a write fails with EFBIG; else a signal would end the process.</summary>
    public const string Shell = "trap '' XFSZ; exec dotnet \"$0\" \"$@\"";

    private const int LargestFile = 1; // RLIMIT_FSIZE

    /// <param name="process">Its id; that of one that <see cref="Shell"/> started.</param>
    /// <param name="bytes"><see cref="ulong.MaxValue"/> = there is room again.</param>
    public static void Set(int process, ulong bytes) => Assert.Equal(0, SetLimit(process, LargestFile, new(bytes, ulong.MaxValue), 0));

    /// <summary>What such a process needs: the runtime's double-mapped code is a file too, and larger than the limit.</summary>
    public static void Prepare(IDictionary<string, string?> environment) => environment["DOTNET_EnableWriteXorExecute"] = "0";

    [LibraryImport("libc", EntryPoint = "prlimit")]
    private static partial int SetLimit(int process, int resource, in Limit limit, nint old);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limit(ulong Soft, ulong Hard);
}
