using System.Diagnostics;
using System.Diagnostics.Metrics;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>How much answered requests brought: bytes and features; tokens and what they cost for the models whose config says how to count them.</summary>
/// <remarks>Source of the token metric: <see href="https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/">OpenTelemetry, generative AI metrics</see>, its bucket boundaries included.</remarks>
internal sealed class UsageMetrics : IDisposable
{
    private const string Inference = "inference";
    private const string Provider = "mlaspire";

    private readonly Meter meter;
    private readonly Histogram<long> inputSize;
    private readonly Histogram<long> features;
    private readonly Histogram<long> tokens;
    private readonly Counter<double> cost;

    public UsageMetrics(IMeterFactory meters)
    {
        meter = meters.Create(TelemetryNames.Sources.Inference);
        inputSize = meter.CreateHistogram(TelemetryNames.Metrics.InferenceInputSize, "By", "Bytes of a request's inputs.", null, PowersOf(16, 64, 7));
        features = meter.CreateHistogram(TelemetryNames.Metrics.InferenceInputFeatures, "{feature}", "Elements of a request's inputs a row.", null, PowersOf(4, 1, 9));
        tokens = meter.CreateHistogram(TelemetryNames.Metrics.TokenUsage, "{token}", "Tokens of a request's input, and of its output.", null, PowersOf(4, 1, 14));
        cost = meter.CreateCounter<double>(TelemetryNames.Metrics.TokenCost, "{currency}", "What tokens cost by the prices in the models' configs: an estimate.");
    }

    /// <param name="rows">Of this request; 1 or more.</param>
    public void Answered(LoadedModel model, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> outputs, long rows)
    {
        var tags = new TagList { { TelemetryNames.Attributes.ModelName, model.Name }, { TelemetryNames.Attributes.ModelVersion, model.Version } };
        long elements = 0;
        for (var i = 0; i < inputs.Count; i++)
        {
            elements += inputs[i].ElementCount;
        }

        inputSize.Record(Tensor.Bytes(inputs), tags);
        features.Record(elements / Math.Max(1, rows), tags);
        if (model.Tokens is { } usage)
        {
            Used(model, "input", usage.Count(usage.Input, inputs), usage.InputPrice);
            Used(model, "output", usage.Count(usage.Output, outputs), usage.OutputPrice);
        }
    }

    public void Dispose() => meter.Dispose();

    private void Used(LoadedModel model, string type, long? count, double? pricePerThousand)
    {
        if (count is not { } used)
        {
            return;
        }

        var tags = new TagList
        {
            { TelemetryNames.Attributes.GenAiOperationName, Inference }, { TelemetryNames.Attributes.GenAiProviderName, Provider },
            { TelemetryNames.Attributes.GenAiRequestModel, model.Name }, { TelemetryNames.Attributes.ModelVersion, model.Version }, { TelemetryNames.Attributes.GenAiTokenType, type },
        };
        tokens.Record(used, tags);
        if (pricePerThousand is { } price)
        {
            tags.Add(TelemetryNames.Attributes.Currency, model.Tokens!.Currency);
            cost.Add(used * price / 1000, tags);
        }
    }

    private static InstrumentAdvice<long> PowersOf(long factor, long first, int count)
    {
        var bounds = new long[count];
        for (var i = 0; i < count; i++)
        {
            bounds[i] = i == 0 ? first : bounds[i - 1] * factor;
        }

        return new InstrumentAdvice<long> { HistogramBucketBoundaries = bounds };
    }
}
