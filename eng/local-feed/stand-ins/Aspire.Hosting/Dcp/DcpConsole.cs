using System.Threading.Channels;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

/// <summary>Console output of workloads, read from DCP while somebody looks.</summary>
internal sealed class DcpConsole(DcpHost host, ResourceNotificationService notifications) : IConsoleSource
{
    /// <summary>DCP says in <c>system</c> why something did not start; the other two are the process's own.</summary>
    private static readonly string[] sources = ["stdout", "stderr", "system"];

    public async Task CopyAsync(string instance, bool follow, ChannelWriter<LogEntry> lines, CancellationToken cancellationToken)
    {
        if (!follow)
        {
            await CopyStartAsync(instance, follow: false, lines, cancellationToken).ConfigureAwait(false);
            return;
        }

        DateTime? seen = null;
        while (true)
        {
            seen = await AwaitStartAfterAsync(instance, seen, cancellationToken).ConfigureAwait(false);
            await CopyStartAsync(instance, follow: true, lines, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>When the start after the one <paramref name="seen"/> was asked for.</returns>
    private async Task<DateTime?> AwaitStartAfterAsync(string instance, DateTime? seen, CancellationToken cancellationToken)
    {
        await foreach (var change in notifications.WatchAsync(cancellationToken).ConfigureAwait(false))
        {
            if (string.Equals(change.ResourceId, instance, StringComparison.OrdinalIgnoreCase) && HasLog(change.Snapshot) && change.Snapshot.CreationTimeStamp != seen)
            {
                return change.Snapshot.CreationTimeStamp;
            }
        }

        throw new OperationCanceledException(cancellationToken);
    }

    private static bool HasLog(CustomResourceSnapshot snapshot) =>
        snapshot.CreationTimeStamp is not null
        && snapshot.State?.Text is { } state
        && (state == KnownResourceStates.Running || state == KnownResourceStates.Stopping || KnownResourceStates.TerminalStates.Contains(state));

    private async Task CopyStartAsync(string instance, bool follow, ChannelWriter<LogEntry> lines, CancellationToken cancellationToken)
    {
        var kind = notifications.TryGetCurrentState(instance, out var current) && current.Resource.IsContainer() ? DcpKind.Container : DcpKind.Executable;
        await Task.WhenAll(sources.Select(source => CopySourceAsync(kind, instance, source, follow, lines, cancellationToken))).ConfigureAwait(false);
    }

    private async Task CopySourceAsync(string kind, string instance, string source, bool follow, ChannelWriter<LogEntry> lines, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var line in host.Client.LogAsync(kind, instance, source, follow, cancellationToken).ConfigureAwait(false))
            {
                if (source != "system")
                {
                    lines.TryWrite(LogEntry.Parse(line, isError: source == "stderr"));
                }
                else if (SystemLine.Parse(line) is { } entry)
                {
                    lines.TryWrite(entry);
                }
            }
        }
        catch (Exception error) when (error is IOException or HttpRequestException or DcpException)
        {
            lines.TryWrite(new LogEntry(DateTimeOffset.MaxValue, $"[sys] The log of {instance} ({source}) ended: {error.Message}", IsError: false));
        }
    }
}
