using Microsoft.Extensions.Diagnostics.HealthChecks;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Models.Repository;

/// <summary>Ready when the server can answer; names the models that serve, and why the others do not.</summary>
internal sealed class ModelsHealthCheck(ModelTable table, InferenceService service) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var models = table.Models.Values.ToArray();
        var loaded = models.SelectMany(model => model.Ready.Select(version => $"{model.Name}/{version.Version}"));
        var broken = models.Where(model => model is { IsUnloaded: false, FirstProblem: not null }).Select(model => $"{model.Name} ({model.FirstProblem})").ToArray();
        var text = $"loaded: {string.Join(", ", loaded)}{(broken.Length == 0 ? "" : $"; not served: {string.Join("; ", broken)}")}";
        return Task.FromResult(service.NotReadyReason is { } reason ? HealthCheckResult.Unhealthy($"{reason}; {text}")
            : broken.Length > 0 ? HealthCheckResult.Degraded(text)
            : HealthCheckResult.Healthy(text));
    }
}
