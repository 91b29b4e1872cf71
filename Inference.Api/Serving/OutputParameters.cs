using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Serving;

/// <summary>The parameters of a requested output, the same over both transports.</summary>
internal static class OutputParameters
{
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: a value of the wrong kind, or shared memory.</exception>
    public static RequestedOutput Read(string name, IReadOnlyDictionary<string, object> parameters, string field)
    {
        var classification = 0;
        foreach (var (parameter, value) in parameters)
        {
            classification = Classification(parameter, value, $"{field}.parameters") ?? classification;
        }

        return new RequestedOutput(name, classification);
    }

    /// <returns>The value of <c>classification</c>; null for any other parameter.</returns>
    /// <exception cref="ServiceDefaults.Errors.ServiceError">As <see cref="Read"/>.</exception>
    public static int? Classification(string parameter, object value, string field)
    {
        TensorCheck.RefuseSharedMemory(parameter, field);
        return parameter != "classification" ? null
            : value is long and >= 1 and <= int.MaxValue ? (int)(long)value
            : throw TensorCheck.Invalid("must be an integer of at least 1", $"{field}.classification");
    }
}
