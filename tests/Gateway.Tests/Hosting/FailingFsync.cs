using System.Runtime.InteropServices;

namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>A disk that cannot be written any more: the kernel answers EIO (seccomp) to every fsync of one file by one thread, the next one that asks this clock for the time.</summary>
internal sealed partial class FailingFsync : TimeProvider
{
    private const int NoNewPrivileges = 38;
    private const int SetSeccomp = 22;
    private const nuint FilterMode = 2;

    private int descriptor = -1;

    /// <param name="path">Of a file that this process has open.</param>
    public void Fail(string path) => descriptor = int.Parse(Directory.EnumerateFiles("/proc/self/fd").Single(file => new FileInfo(file).LinkTarget == path)["/proc/self/fd/".Length..]);

    public override DateTimeOffset GetUtcNow()
    {
        if (Interlocked.Exchange(ref descriptor, -1) is var file and >= 0)
        {
            Install(file);
        }

        return base.GetUtcNow();
    }

    private static unsafe void Install(int file)
    {
        var fsync = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 82u : 74u;
        ReadOnlySpan<Instruction> program =
        [
            new(0x20, 0, 0, 0), // load the call's number
            new(0x15, 0, 3, fsync), // another one: allow
            new(0x20, 0, 0, 16), // load its first argument
            new(0x15, 0, 1, (uint)file), // another one: allow
            new(0x06, 0, 0, 0x0005_0005), // EIO
            new(0x06, 0, 0, 0x7fff_0000), // allow
        ];
        fixed (Instruction* first = program)
        {
            var filter = new Filter((ushort)program.Length, first);
            Assert.Equal((0, 0), (Control(NoNewPrivileges, 1, 0, 0, 0), Control(SetSeccomp, FilterMode, (nuint)(&filter), 0, 0)));
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

    [StructLayout(LayoutKind.Sequential)]
    private readonly unsafe struct Filter(ushort length, Instruction* first)
    {
        public readonly ushort Length = length;
        public readonly Instruction* First = first;
    }
}
