using System.IO.Pipes;
using System.Runtime.InteropServices;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Logging;

public sealed partial class StandardStreamTests
{
    private const int SetFlags = 4; // F_SETFL
    private const int WriteOnly = 1; // O_WRONLY
    private const int NonBlocking = 2048; // O_NONBLOCK

    [Fact]
    public void A_pipe_that_nobody_reads_any_more_is_an_error()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        pipe.DisposeLocalCopyOfClientHandle();

        var failure = Assert.Throws<IOException>(() => StandardStream.Write(Descriptor(pipe), "lost\n"u8));

        Assert.Contains("Broken pipe", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_that_does_not_wait_for_its_reader_gets_all_the_same()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using var reader = new AnonymousPipeClientStream(PipeDirection.In, pipe.ClientSafePipeHandle);
        Assert.Equal(0, Control(Descriptor(pipe), SetFlags, WriteOnly | NonBlocking));
        var sent = new byte[1 << 20]; // over what a pipe holds
        new Random(1).NextBytes(sent);

        var written = Task.Run(() =>
        {
            StandardStream.Write(Descriptor(pipe), sent);
            pipe.Dispose();
        });
        using var received = new MemoryStream();
        await reader.CopyToAsync(received).WithinAsync("all that was written");
        await written;

        Assert.Equal(sent, received.ToArray());
    }

    private static int Descriptor(AnonymousPipeServerStream pipe) => (int)pipe.SafePipeHandle.DangerousGetHandle();

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);
}
