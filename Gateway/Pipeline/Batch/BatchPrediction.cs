using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MlAspire.Gateway.Limits;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Pipeline.Batch;

/// <summary>Many rows, predicted part by part and answered as server-sent events: <c>predictions</c> and <c>progress</c> for each part, then <c>done</c>, or <c>error</c>.</summary>
/// <remarks>A part is one request of the pipeline, with a place of its own among those in progress: its rows are in the audit log before its event goes out. The next one begins when the last one's events were taken, so no more than one part waits; a caller that goes away ends it.</remarks>
internal static class BatchPrediction
{
    public const string ContentType = "text/event-stream";

    /// <summary>Rows of a part.</summary>
    public const int PartRows = 200;

    /// <param name="pipeline">Answers each part.</param>
    /// <param name="call">As it arrived.</param>
    /// <param name="model">Whose pipeline its rows were checked against.</param>
    /// <param name="all">These rows.</param>
    /// <param name="enter">Takes a part's place, which is held while it is predicted and not while its events are read.</param>
    /// <param name="report">Told what ends it on the way; makes of it what the caller is told.</param>
    /// <param name="cancellationToken">The caller went away.</param>
    public static async IAsyncEnumerable<SseItem<string>> RunAsync(
        PredictionPipeline pipeline, PredictCall call, PipelineModel model, PredictRequest all, Func<Place> enter, Func<Exception, ServiceError> report, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var start = 0; start < all.Rows; start += PartRows)
        {
            var part = call with { Body = new Part(model, all.Slice(start, Math.Min(PartRows, all.Rows - start))) };
            var (answer, error) = await TryAsync(enter, () => pipeline.PredictAsync(part, cancellationToken), report);
            if (answer is null)
            {
                yield return Item("error", new BatchError(ErrorMapping.Of(error!.Code).Wire, error.Message, start, all.Rows));
                yield break;
            }

            yield return new(JsonSerializer.Serialize(answer, PredictJson.Default.PredictAnswer), "predictions");
            yield return Item("progress", new BatchProgress(start + answer.Predictions.Count, all.Rows));
        }

        yield return Item("done", new BatchProgress(all.Rows, all.Rows));
    }

    private static async Task<(PredictAnswer? Answer, ServiceError? Error)> TryAsync(Func<Place> enter, Func<Task<PredictAnswer>> predict, Func<Exception, ServiceError> report)
    {
        try
        {
            using var place = enter();
            return (await place.MeasureAsync(predict), null);
        }
        catch (ServiceError e) when (e.Code != ErrorCode.Cancelled)
        {
            return (null, report(e)); // the status 200 is out: the event says it
        }
    }

    private static SseItem<string> Item(string name, BatchProgress progress) => new(JsonSerializer.Serialize(progress, PredictJson.Default.BatchProgress), name);

    private static SseItem<string> Item(string name, BatchError error) => new(JsonSerializer.Serialize(error, PredictJson.Default.BatchError), name);

    /// <summary>Rows that were read before. Their columns are those of the pipeline then: another one would take them for others.</summary>
    private sealed class Part(PipelineModel readFor, PredictRequest rows) : IPredictBody
    {
        public ReadOnlySpan<byte> Bytes => [];

        public PredictRequest Read(PipelineModel model, int maxRows) => ReferenceEquals(model, readFor)
            ? rows
            : throw new ServiceError(ErrorCode.Unavailable, "The model's pipeline was changed on the way; the rows that are not answered are to be sent again.");
    }
}

/// <param name="Done">Rows that are answered.</param>
/// <param name="Rows">Rows of the request.</param>
public sealed record BatchProgress(int Done, int Rows);

/// <param name="Code">Wire name of the error code.</param>
/// <param name="Detail">What went wrong.</param>
/// <param name="Done">Rows that are answered, and stay so; the others are not predicted.</param>
/// <param name="Rows">Rows of the request.</param>
public sealed record BatchError(string Code, string Detail, int Done, int Rows);
