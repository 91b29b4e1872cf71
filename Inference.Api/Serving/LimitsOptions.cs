using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Inference.Api.Serving;

/// <summary>How large a request may be. Section <c>Limits</c>.</summary>
public sealed class LimitsOptions
{
    public const string Section = "Limits";

    /// <summary>Bytes of a request, before and after decompression, REST and gRPC; [1024, 2146435072], default 256 MiB. Above: payload_too_large. The largest is 2 GiB less 1 MiB: an array holds it with what stands around it.</summary>
    [Range(1024, 2146435072)]
    public int MaxRequestBytes { get; set; } = 256 << 20;

    /// <summary>Headers of a request; [1, 10000], default 100. Above: HTTP 431.</summary>
    [Range(1, 10_000)]
    public int MaxHeaders { get; set; } = 100;

    /// <summary>Bytes of all headers of a request together; [1024, 16777216], default 32 KiB. Above: HTTP 431.</summary>
    [Range(1024, 1 << 24)]
    public int MaxHeaderBytes { get; set; } = 32 << 10;

    /// <summary>Inputs, and outputs, that one request may name; [1, 65536], default 1024.</summary>
    [Range(1, 65536)]
    public int MaxTensors { get; set; } = 1024;

    /// <summary>Elements of one input; [1, 2^31), default 268,435,456.</summary>
    [Range(1, int.MaxValue)]
    public int MaxElements { get; set; } = 1 << 28;

    /// <summary>Dimensions of one input; [1, 64], default 16.</summary>
    [Range(1, 64)]
    public int MaxRank { get; set; } = 16;

    /// <summary>Inference requests under way at the same time, in queues too; [1, 1000000], default 1024. Above: overloaded.</summary>
    [Range(1, 1_000_000)]
    public int MaxConcurrentRequests { get; set; } = 1024;

    /// <summary>Streams of inferences (ModelStreamInfer) open at the same time, each of which may have one request read before it counts as under way; [1, 1000000], default 1024. Above: overloaded.</summary>
    [Range(1, 1_000_000)]
    public int MaxConcurrentStreams { get; set; } = 1024;

    /// <summary>Load requests under way at the same time, each of which may bring files in a body as large as a request may be; [1, 1000], default 2. Above: overloaded.</summary>
    [Range(1, 1000)]
    public int MaxConcurrentLoads { get; set; } = 2;
}

/// <summary>Checks <see cref="LimitsOptions"/> at start.</summary>
[OptionsValidator]
internal sealed partial class LimitsOptionsValidator : IValidateOptions<LimitsOptions>;
