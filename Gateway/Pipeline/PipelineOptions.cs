using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Gateway.Pipeline;

/// <summary>Section <c>Pipeline</c>: bounds of a predict request.</summary>
public sealed class PipelineOptions : IValidatableObject
{
    /// <summary>Most rows of one request, 1 to 10,000; default 1,000, which is also what the feature store takes.</summary>
    [Range(1, 10_000)]
    public int MaxRows { get; set; } = 1_000;

    /// <summary>Largest body of one request, 1 KB to 64 MB; default 1 MB.</summary>
    [Range(1_024, 67_108_864)]
    public int MaxBodyBytes { get; set; } = 1_048_576;

    /// <summary>Most rows of one request that is answered as server-sent events, 1 to 1,000,000; default 100,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxStreamedRows { get; set; } = 100_000;

    /// <summary>Largest body of such a request, 1 KB to 256 MB; default 32 MB.</summary>
    [Range(1_024, 268_435_456)]
    public int MaxStreamedBodyBytes { get; set; } = 33_554_432;

    /// <summary>Largest bodies of all such requests in progress together, 1 KB to 2 GB less 1; default 256 MB. At least <see cref="MaxStreamedBodyBytes"/>.</summary>
    [Range(1_024, int.MaxValue)]
    public int StreamedBytes { get; set; } = 268_435_456;

    /// <summary>Rows of all answered requests that wait for the shadow, 1 to 1,000,000; default 10,000 (about 10 MB). At least <see cref="MaxRows"/>.</summary>
    [Range(1, 1_000_000)]
    public int ShadowRows { get; set; } = 10_000;

    /// <summary>Time for a request that names none, 1 ms to 5 min; default 10 s.</summary>
    [TimeRange("00:00:00.001", "00:05:00")]
    public TimeSpan DefaultTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most time that a request may ask for with <c>x-request-timeout-ms</c>, 1 ms to 5 min; default 1 min.</summary>
    [TimeRange("00:00:00.001", "00:05:00")]
    public TimeSpan MaxTimeout { get; set; } = TimeSpan.FromMinutes(1);

    internal TimeSpan LongestTimeout => MaxTimeout > DefaultTimeout ? MaxTimeout : DefaultTimeout;

    /// <summary>Whether features are read a second time when the first read takes longer than 95 % of the recent ones did; default false. See <see cref="Features.Hedging"/>.</summary>
    public bool HedgeFeatureReads { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (StreamedBytes < MaxStreamedBodyBytes)
        {
            yield return new($"{nameof(StreamedBytes)} must not be less than {nameof(MaxStreamedBodyBytes)}.", [nameof(StreamedBytes)]);
        }

        if (ShadowRows < MaxRows)
        {
            yield return new($"{nameof(ShadowRows)} must not be less than {nameof(MaxRows)}.", [nameof(ShadowRows)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class PipelineOptionsValidator : IValidateOptions<PipelineOptions>;
