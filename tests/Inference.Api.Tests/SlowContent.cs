using System.Net;

namespace MlAspire.Inference.Api.Tests;

/// <summary>Sends its first ten bytes, and the rest only when told to.</summary>
internal sealed class SlowContent(byte[] bytes, Task more) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(bytes.AsMemory(0, 10), cancellationToken);
        await stream.FlushAsync(cancellationToken);
        await more.WaitAsync(cancellationToken);
        await stream.WriteAsync(bytes.AsMemory(10), cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
