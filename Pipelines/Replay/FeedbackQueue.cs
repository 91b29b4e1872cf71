using System.Threading.Channels;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Pipelines.Replay;

/// <summary>Labels on their way to Monitoring, so that the replay does not wait for it. Holds at most <see cref="Capacity"/>; then the oldest are lost, which the progress line shows.</summary>
internal sealed partial class FeedbackQueue(MonitoringClient monitoring, ReplayProgress progress, ILogger<FeedbackQueue> log)
{
    public const int Capacity = 20_000;

    /// <summary>Most labels of one call.</summary>
    public const int BatchRows = 1_000;

    private readonly Channel<FeedbackLabel> labels = Channel.CreateBounded<FeedbackLabel>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public void Add(FeedbackLabel label) => labels.Writer.TryWrite(label);

    /// <summary>No more labels come: <see cref="RunAsync"/> ends when those it has are sent.</summary>
    public void Complete() => labels.Writer.TryComplete();

    /// <summary>Sends labels until <see cref="Complete"/> or cancelled. Labels that Monitoring refuses are logged and lost.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await labels.Reader.WaitToReadAsync(cancellationToken))
        {
            var batch = new List<FeedbackLabel>();
            while (batch.Count < BatchRows && labels.Reader.TryRead(out var label))
            {
                batch.Add(label);
            }
            try
            {
                await monitoring.SendAsync(batch, cancellationToken);
                progress.Labelled(batch.Count);
            }
            catch (ServiceError refused)
            {
                LogRefused(log, batch.Count, refused.Message);
            }
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.ReplayLabelsRefused, Level = LogLevel.Error, Message = "Monitoring refused {Labels} labels: {Reason}")]
    private static partial void LogRefused(ILogger log, int labels, string reason);
}
