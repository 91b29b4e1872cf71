using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Monitoring.Inference;

/// <summary>Section <c>PredictionReader</c>: how the prediction stream is read.</summary>
public sealed class PredictionReaderOptions
{
    /// <summary>How long to wait after finding nothing new, 1 ms to 1 min; default 200 ms. (The connection is shared by all commands: a blocking read would hold them all up.)</summary>
    [TimeRange("00:00:00.001", "00:01:00")]
    public TimeSpan Pause { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Entries read at once, 1 to 10,000; default 1,000.</summary>
    [Range(1, 10_000)]
    public int Batch { get; set; } = 1_000;
}

[OptionsValidator]
internal sealed partial class PredictionReaderOptionsValidator : IValidateOptions<PredictionReaderOptions>;
