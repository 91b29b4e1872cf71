using System.Runtime.InteropServices;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>A disk that hangs: the kernel holds an fsync of one file by the thread that writes the log or the keys, which asks this clock for the time before, until it is let go.</summary>
internal sealed partial class HeldFsync(DateTimeOffset start) : ManualTimeProvider(start)
{
    private const nuint Receive = 0xc050_2100; // SECCOMP_IOCTL_NOTIF_RECV
    private const nuint Send = 0xc018_2101; // SECCOMP_IOCTL_NOTIF_SEND

    private readonly TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource released = new();
    private int descriptor = -1;

    /// <param name="path">Of a file that this process has open.</param>
    /// <returns>Done when the disk hangs.</returns>
    public Task HoldAsync(string path)
    {
        descriptor = FsyncFilter.DescriptorOf(path);
        return held.Task;
    }

    /// <summary>The disk goes on, for good.</summary>
    public void Release() => released.TrySetResult();

    public override DateTimeOffset GetUtcNow()
    {
        if (!Thread.CurrentThread.IsThreadPoolThread && Thread.CurrentThread.Name == ".NET Long Running Task" && Interlocked.Exchange(ref descriptor, -1) is var file and >= 0)
        {
            var listener = FsyncFilter.Install(file, FsyncFilter.Ask);
            new Thread(() => Listen(listener)) { IsBackground = true }.Start();
        }

        return base.GetUtcNow();
    }

    private unsafe void Listen(int listener)
    {
        while (true)
        {
            Notification asked = default;
            if (Control(listener, Receive, &asked) != 0)
            {
                return; // the thread has ended
            }

            held.TrySetResult();
            released.Task.Wait();
            var answer = new Answer { Id = asked.Id, Flags = 1 }; // go on with the call
            _ = Control(listener, Send, &answer);
        }
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static unsafe partial int Control(int descriptor, nuint request, void* data);

    [StructLayout(LayoutKind.Sequential, Size = 80)]
    private struct Notification
    {
        public ulong Id;
    }

    [StructLayout(LayoutKind.Sequential, Size = 24)]
    private struct Answer
    {
        public ulong Id;
        public long Value;
        public int Error;
        public uint Flags;
    }
}
