using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A line with its moment; the text begins with the moment in ISO 8601, as the dashboard expects.</summary>
internal readonly record struct LogEntry(DateTimeOffset Time, string Text, bool IsError)
{
    /// <summary>Reads <c>2026-01-31T10:11:12.123Z text</c>; a line without a time keeps its place with <see cref="DateTimeOffset.MinValue"/>.</summary>
    public static LogEntry Parse(string line, bool isError)
    {
        var end = line.IndexOf(' ', StringComparison.Ordinal);
        return end > 0 && DateTimeOffset.TryParse(line.AsSpan(0, end), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? new LogEntry(time, line, isError)
            : new LogEntry(DateTimeOffset.MinValue, line, isError);
    }
}

/// <summary>The newest lines that loggers wrote for one resource instance, at most <see cref="Capacity"/>; older ones are dropped. Thread-safe.</summary>
internal sealed class ResourceLog
{
    private const int Capacity = 10_000;
    private readonly Lock gate = new(); // guards lines and readers
    private readonly Queue<LogEntry> lines = new();
    private readonly List<ChannelWriter<LogEntry>> readers = [];
    private readonly CancellationTokenSource completed = new();

    public CancellationToken Completed => completed.Token;

    public void Add(LogEntry entry)
    {
        lock (gate)
        {
            if (lines.Count == Capacity)
            {
                lines.Dequeue();
            }

            lines.Enqueue(entry);
            foreach (var reader in readers)
            {
                reader.TryWrite(entry);
            }
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            lines.Clear();
        }
    }

    public void Complete() => completed.Cancel();

    public async Task CopyToAsync(ChannelWriter<LogEntry> reader, bool follow, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            foreach (var line in lines)
            {
                reader.TryWrite(line);
            }

            if (follow)
            {
                readers.Add(reader);
            }
        }

        if (follow)
        {
            await EndAsync(cancellationToken).ConfigureAwait(false);
            lock (gate)
            {
                readers.Remove(reader);
            }
        }
    }

    private async Task EndAsync(CancellationToken cancellationToken)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var byCompletion = completed.Token.Register(() => end.TrySetResult()).ConfigureAwait(false);
        await using var byCaller = cancellationToken.Register(() => end.TrySetResult()).ConfigureAwait(false);
        await end.Task.ConfigureAwait(false);
    }
}

/// <summary>Writes to the console pages of one or more instances; every level is enabled.</summary>
internal sealed class ResourceLogger(IReadOnlyList<ResourceLog> logs, TimeProvider time) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var now = time.GetUtcNow();
        var message = formatter(state, exception) + (exception is null ? "" : Environment.NewLine + exception);
        var stamp = now.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture);
        var entry = new LogEntry(now, $"{stamp} {message}", logLevel >= LogLevel.Error);
        foreach (var log in logs)
        {
            log.Add(entry);
        }
    }
}
