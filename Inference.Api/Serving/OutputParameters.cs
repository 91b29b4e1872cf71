using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Serving;

/// <summary>The parameters of a requested output, the same over both transports.</summary>
internal static class OutputParameters
{
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: a value of the wrong kind, or shared memory.</exception>
    public static RequestedOutput Read(string name, IReadOnlyDictionary<string, object> parameters, string field)
    {
        if (parameters.Keys.FirstOrDefault(key => key.StartsWith("shared_memory", StringComparison.Ordinal)) is { } shared)
        {
            throw TensorCheck.Invalid("shared memory is not supported", $"{field}.parameters.{TensorCheck.Short(shared)}");
        }

        return !parameters.TryGetValue("classification", out var count) ? new RequestedOutput(name)
            : count is long and >= 1 and <= int.MaxValue ? new RequestedOutput(name, (int)(long)count)
            : throw TensorCheck.Invalid("must be an integer of at least 1", $"{field}.parameters.classification");
    }
}
