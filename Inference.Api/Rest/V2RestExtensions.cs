using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary>Registers V2 over REST.</summary>
internal static class V2RestExtensions
{
    public static void AddV2Rest(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<V2RequestReader>();
        builder.Services.AddSingleton<V2InferEndpoint>();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, ConnectionMemory>();
        // An idle connection keeps a block; who asks first whether there is data calls the system twice for each.
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.WaitForDataBeforeAllocatingBuffer = false);
        builder.Services.AddOptions<KestrelServerOptions>().Configure<LimitsOptions>((kestrel, limits) =>
        {
            // The limit of a body is ours (RequestBody), so that the answer is ours too; a gRPC stream has none as a whole.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxRequestHeaderCount = limits.MaxHeaders;
            kestrel.Limits.MaxRequestHeadersTotalSize = limits.MaxHeaderBytes;
        });
    }
}
