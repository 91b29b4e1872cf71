using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Loggers whose lines appear on a resource's console page, and the lines of that page: those loggers' and the process's own. Thread-safe.</summary>
public class ResourceLoggerService : IDisposable
{
    private readonly ConcurrentDictionary<string, ResourceLog> logs = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource disposing = new();

    internal TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where the lines of the processes come from; null until the orchestrator runs.</summary>
    internal IConsoleSource? ConsoleSource { get; set; }

    /// <summary>A logger that writes to the console pages of all instances of the resource.</summary>
    public ILogger GetLogger(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return new ResourceLogger([.. resource.GetResolvedResourceNames().Select(LogOf)], TimeProvider);
    }

    /// <param name="resourceName">Name of one instance, such as <c>web-abcdefgh</c>.</param>
    public ILogger GetLogger(string resourceName)
    {
        ArgumentNullException.ThrowIfNull(resourceName);
        return new ResourceLogger([LogOf(resourceName)], TimeProvider);
    }

    /// <summary>The lines so far, then each new one, until the resource is completed or the caller stops.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName)
    {
        ArgumentNullException.ThrowIfNull(resourceName);
        return ReadAsync([resourceName], follow: true, CancellationToken.None);
    }

    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return ReadAsync(resource.GetResolvedResourceNames(), follow: true, CancellationToken.None);
    }

    /// <summary>The lines so far.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(string resourceName)
    {
        ArgumentNullException.ThrowIfNull(resourceName);
        return ReadAsync([resourceName], follow: false, CancellationToken.None);
    }

    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return ReadAsync(resource.GetResolvedResourceNames(), follow: false, CancellationToken.None);
    }

    /// <summary>No more lines will come: ends the watches.</summary>
    public void Complete(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        foreach (var name in resource.GetResolvedResourceNames())
        {
            Complete(name);
        }
    }

    public void Complete(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        LogOf(name).Complete();
    }

    /// <summary>Forgets the lines that loggers have written so far.</summary>
    public void ClearBacklog(string resourceName)
    {
        ArgumentNullException.ThrowIfNull(resourceName);
        LogOf(resourceName).Clear();
    }

    public void Dispose()
    {
        disposing.Cancel();
        GC.SuppressFinalize(this);
    }

    private ResourceLog LogOf(string name) => logs.GetOrAdd(name, static _ => new ResourceLog());

    private async IAsyncEnumerable<IReadOnlyList<LogLine>> ReadAsync(string[] names, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(disposing.Token, cancellationToken);
        var lines = Channel.CreateUnbounded<LogEntry>();
        var readers = names.SelectMany(name => ReadersOf(name, follow, lines.Writer, stopping.Token)).ToArray();
        var all = Task.WhenAll(readers).ContinueWith(done => lines.Writer.TryComplete(Failure(done)), TaskScheduler.Default);
        var number = 0;
        try
        {
            await foreach (var batch in BatchesAsync(lines.Reader, stopping.Token).ConfigureAwait(false))
            {
                yield return [.. batch.Select(entry => new LogLine(++number, entry.Text, entry.IsError))];
            }
        }
        finally
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            await all.ConfigureAwait(false);
        }
    }

    private IEnumerable<Task> ReadersOf(string name, bool follow, ChannelWriter<LogEntry> lines, CancellationToken cancellationToken)
    {
        var log = LogOf(name);
        yield return log.CopyToAsync(lines, follow, cancellationToken);
        if (ConsoleSource is { } source)
        {
            yield return CopyConsoleAsync(source, name, follow, log.Completed, lines, cancellationToken);
        }
    }

    private static async Task CopyConsoleAsync(
        IConsoleSource source, string name, bool follow, CancellationToken completed, ChannelWriter<LogEntry> lines, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(completed, cancellationToken);
        try
        {
            await source.CopyAsync(name, follow, lines, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (completed.IsCancellationRequested)
        {
        }
    }

    /// <summary>Whatever has come together, in the order of its timestamps: two sources of one process are read side by side.</summary>
    private static async IAsyncEnumerable<List<LogEntry>> BatchesAsync(ChannelReader<LogEntry> reader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var batch = new List<LogEntry>();
            while (reader.TryRead(out var entry))
            {
                batch.Add(entry);
            }

            yield return [.. batch.OrderBy(entry => entry.Time)];
        }
    }

    private static Exception? Failure(Task done) => done.Exception?.InnerException;
}

/// <summary>One line of a resource's console; <see cref="LineNumber"/> counts from 1 for each reader.</summary>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);

/// <summary>The console output of processes.</summary>
internal interface IConsoleSource
{
    /// <summary>Writes the instance's lines so far and, with <paramref name="follow"/>, those of this and every later start until cancelled.</summary>
    Task CopyAsync(string instance, bool follow, ChannelWriter<LogEntry> lines, CancellationToken cancellationToken);
}
