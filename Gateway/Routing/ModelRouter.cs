using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Routing;

/// <summary>Stage <c>route</c>: which model, version and arm answers. No I/O.</summary>
internal sealed class ModelRouter(PipelineTable table)
{
    public const string DefaultAlias = "champion";
    public const string Stable = "stable";

    /// <exception cref="ServiceError">NotFound (field <c>model</c>); InvalidArgument (field <c>version</c>); NotReady: its pipeline file cannot be used.</exception>
    public ModelRoute Route(string name, string? version)
    {
        var snapshot = table.Current;
        if (!snapshot.Models.TryGetValue(name, out var model))
        {
            throw snapshot.Broken.ContainsKey(name)
                ? new ServiceError(ErrorCode.NotReady, $"The pipeline of model {name} cannot be used.")
                : new ServiceError(ErrorCode.NotFound, "There is no model of this name; GET /v1/models lists them.", "model");
        }

        if (version is not null && (version.Length is 0 or > 18 || version.Any(digit => !char.IsAsciiDigit(digit))))
        {
            throw new ServiceError(ErrorCode.InvalidArgument, "A version is a whole number.", "version");
        }

        return new(model, version, version is null ? DefaultAlias : null, Stable);
    }
}
