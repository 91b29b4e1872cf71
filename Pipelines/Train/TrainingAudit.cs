using System.Text.Json;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit.Reports;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Pipelines.Train;

/// <summary>Has training runs recorded in the gateway's audit log. Without <see cref="TrainOptions.GatewayKey"/> it does nothing.</summary>
internal sealed class TrainingAudit(HttpClient http, IOptions<TrainOptions> options)
{
    /// <summary>Before the model can be served, so that none is without its record. A run that is repeated because the answer was lost is recorded once: it says the same.</summary>
    /// <exception cref="ServiceError">As the gateway answers; Unavailable while it is away.</exception>
    public async Task ReportAsync(Lineage lineage, CancellationToken cancellationToken)
    {
        if (options.Value.GatewayKey.Length == 0)
        {
            return;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(lineage, ModelFiles.Json);
        var report = new Report(ReportedEvent.TrainingRun, lineage.Model, JsonSerializer.Deserialize<JsonElement>(json));
        await http.ReportAsync(report, Lineage.HashOf(json), options.Value.GatewayKey, cancellationToken);
    }
}
