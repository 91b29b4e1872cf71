using System.Collections.Frozen;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Protocol;

/// <summary>The parameters of a request. Values are <see cref="bool"/>, <see cref="long"/>, <see cref="double"/> or <see cref="string"/>.</summary>
/// <remarks>A parameter that this server does not know is refused rather than ignored only when its name is reserved by the protocol's extensions and we lack them; free names pass, as in Triton.</remarks>
internal sealed class InferParameters(IReadOnlyDictionary<string, object> values)
{
    private static readonly FrozenSet<string> Unsupported = FrozenSet.ToFrozenSet(["sequence_id", "sequence_start", "sequence_end", "headers"], StringComparer.Ordinal);

    /// <summary>Asks for a mark of a stream's last answer to a request: <see cref="FinalResponse"/>, which each answer of a stream has here anyway. A bool.</summary>
    private const string EnableEmptyFinalResponse = "triton_enable_empty_final_response";

    /// <summary>Of an answer of a stream: no other answer to its request follows.</summary>
    public const string FinalResponse = "triton_final_response";

    /// <summary>The longest time-out, 30 days: a timer counts no more than 49.</summary>
    public const long MaxTimeoutMicroseconds = 30L * 24 * 60 * 60 * 1_000_000;

    public static InferParameters None { get; } = new(FrozenDictionary<string, object>.Empty);

    /// <summary>Time the request may wait in the queue; null = the model's own policy.</summary>
    public TimeSpan? QueueTimeout => Number("timeout", MaxTimeoutMicroseconds) is { } microseconds and > 0 ? TimeSpan.FromMicroseconds(microseconds) : null;

    /// <summary>1 is the most urgent, 0 = the model's default.</summary>
    public long Priority => Number("priority") ?? 0;

    /// <exception cref="ServiceError">InvalidArgument: a reserved name, an extension this server lacks, or a value of the wrong kind.</exception>
    public InferParameters Check()
    {
        foreach (var (name, value) in values)
        {
            if (Unsupported.Contains(name) || (name.StartsWith("triton_", StringComparison.Ordinal) && (name, value) is not (EnableEmptyFinalResponse, bool)))
            {
                throw TensorCheck.Invalid($"parameter '{TensorCheck.Short(name)}' is reserved and not supported", $"parameters.{TensorCheck.Short(name)}");
            }
        }

        _ = QueueTimeout;
        _ = Priority;
        return this;
    }

    private long? Number(string name, long max = long.MaxValue) => !values.TryGetValue(name, out var value) ? null
        : value is long number and >= 0 && number <= max ? number
        : throw new ServiceError(ErrorCode.InvalidArgument, $"parameter '{name}' must be an integer in [0, {max}]", $"parameters.{name}");
}
