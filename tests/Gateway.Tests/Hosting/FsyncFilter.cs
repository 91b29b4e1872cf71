using System.Runtime.InteropServices;

namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>What the kernel does when the calling thread forces one file to disk (seccomp). It stays as long as the thread.</summary>
internal static partial class FsyncFilter
{
    /// <summary>The call fails with EIO.</summary>
    public const uint Fail = 0x0005_0005;

    /// <summary>The call waits for what the listener says of it.</summary>
    public const uint Ask = 0x7fc0_0000;

    private const uint Allow = 0x7fff_0000;
    private const int NoNewPrivileges = 38;
    private const nint FilterMode = 1;
    private const nint NewListener = 8;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>The descriptor of a file that this process has open.</summary>
    public static int DescriptorOf(string path) => int.Parse(Directory.EnumerateFiles("/proc/self/fd").Single(file => new FileInfo(file).LinkTarget == path)["/proc/self/fd/".Length..]);

    /// <returns>For <see cref="Ask"/> the listener's descriptor.</returns>
    public static unsafe int Install(int descriptor, uint action)
    {
        ReadOnlySpan<Instruction> program =
        [
            new(0x20, 0, 0, 0), // load the call's number
            new(0x15, 0, 3, IsArm ? 82u : 74u), // not fsync: allow
            new(0x20, 0, 0, 16), // load its first argument
            new(0x15, 0, 1, (uint)descriptor), // another file: allow
            new(0x06, 0, 0, action),
            new(0x06, 0, 0, Allow),
        ];
        fixed (Instruction* first = program)
        {
            var filter = new Filter((ushort)program.Length, first);
            Assert.Equal(0, Control(NoNewPrivileges, 1, 0, 0, 0));
            var made = (int)Call(IsArm ? 277 : 317, FilterMode, action == Ask ? NewListener : 0, (nint)(&filter));
            Assert.True(made >= 0, $"seccomp: {Marshal.GetLastPInvokeErrorMessage()}");
            return made;
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint first, nint second, nint third);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

    [StructLayout(LayoutKind.Sequential)]
    private readonly unsafe struct Filter(ushort length, Instruction* first)
    {
        public readonly ushort Length = length;
        public readonly Instruction* First = first;
    }
}
