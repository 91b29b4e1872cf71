using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.Telemetry;

/// <summary>
/// Runs the steps of a service's pipelines: one line around a piece of work gives a span, a measurement of <c>ml.step.duration</c> and a log line <c>step_completed</c>, all of the step's name and all of the same duration.
/// What the work returns or throws passes unchanged. Thread-safe.
/// </summary>
/// <example><c>var rows = await steps.RunAsync(new Step(TelemetryNames.Spans.Preprocess), () => ReadAsync(cancellation));</c></example>
public sealed partial class Steps : IDisposable
{
    private const string Ok = "ok";
    private const string NotAwaited = "Use RunAsync: this would measure how long the work takes to start.";

    private readonly ActivitySource spans;
    private readonly Histogram<double> duration;
    private readonly TimeProvider time;
    private readonly ILogger log;

    /// <param name="source">The service's, of <see cref="TelemetryNames.Sources"/>: of the spans, the meter and the log lines.</param>
    public Steps(string source, IMeterFactory meters, TimeProvider time, ILoggerFactory logs)
    {
        (this.time, spans, log) = (time, new ActivitySource(source), logs.CreateLogger(source));
        duration = meters.Create(source).CreateHistogram(
            TelemetryNames.Metrics.StepDuration, "s", "One step of a pipeline.", tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600] });
    }

    public T Run<T>(Step step, Func<T> work)
    {
        using var running = new Running(this, step);
        try
        {
            return work();
        }
        catch (Exception exception)
        {
            running.Failed(exception);
            throw;
        }
    }

    public void Run(Step step, Action work) => Run(step, () =>
    {
        work();
        return true;
    });

    /// <summary>Does not compile, so that nobody has <see cref="Run{T}(Step, Func{T})"/> in its place.</summary>
    [OverloadResolutionPriority(1)] // has those with a result too
    [Obsolete(NotAwaited, error: true)]
    public void Run(Step step, Func<Task> work) => throw new NotSupportedException(NotAwaited);

    /// <inheritdoc cref="Run(Step, Func{Task})"/>
    [Obsolete(NotAwaited, error: true)]
    public void Run(Step step, Func<ValueTask> work) => throw new NotSupportedException(NotAwaited);

    /// <inheritdoc cref="Run(Step, Func{Task})"/>
    [Obsolete(NotAwaited, error: true)]
    public void Run<T>(Step step, Func<ValueTask<T>> work) => throw new NotSupportedException(NotAwaited);

    /// <inheritdoc cref="Run(Step, Func{Task})"/>
    [Obsolete(NotAwaited, error: true)]
    public void Run<T>(Step step, Func<IAsyncEnumerable<T>> work) => throw new NotSupportedException(NotAwaited);

    [OverloadResolutionPriority(1)] // an async lambda fits both
    public Task RunAsync(Step step, Func<Task> work) => RunAsync(step, async Task<bool> () =>
    {
        await work();
        return true;
    });

    [OverloadResolutionPriority(1)] // an async lambda fits both
    public async Task<T> RunAsync<T>(Step step, Func<Task<T>> work)
    {
        using var running = new Running(this, step);
        try
        {
            return await work();
        }
        catch (Exception exception)
        {
            running.Failed(exception);
            throw;
        }
    }

    public async ValueTask<T> RunAsync<T>(Step step, Func<ValueTask<T>> work)
    {
        using var running = new Running(this, step);
        try
        {
            return await work();
        }
        catch (Exception exception)
        {
            running.Failed(exception);
            throw;
        }
    }

    public ValueTask RunAsync(Step step, Func<ValueTask> work) => new(RunAsync(step, async Task () => await work()));

    /// <summary>The step lasts from the first item that is asked for to the last, or to the moment the reader has enough.</summary>
    public async IAsyncEnumerable<T> RunAsync<T>(Step step, Func<IAsyncEnumerable<T>> work, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var running = new Running(this, step);
        var items = await running.InsideAsync(() => ValueTask.FromResult(work().GetAsyncEnumerator(cancellationToken)));
        try
        {
            Func<ValueTask<bool>> next = items.MoveNextAsync;
            while (await running.InsideAsync(next))
            {
                yield return items.Current;
            }
        }
        finally
        {
            await running.InsideAsync(async () =>
            {
                await items.DisposeAsync();
                return true;
            });
        }
    }

    public void Dispose() => spans.Dispose();

    [LoggerMessage(EventName = TelemetryNames.Events.StepCompleted, Message = "Execution of {Step} completed: {Status}, {DurationSeconds} s")]
    private partial void StepCompleted(LogLevel level, string step, string status, double durationSeconds);

    private static string CodeOf(Exception exception) =>
        ErrorMapping.Of(ErrorMapping.FromException(exception, callerGone: exception is OperationCanceledException).Code).Wire;

    /// <summary>One run of a step.</summary>
    private sealed class Running : IDisposable
    {
        private readonly Steps owner;
        private readonly Step step;
        private readonly Activity? span;
        private readonly long started;
        private string status = Ok;

        public Running(Steps owner, Step step)
        {
            (this.owner, this.step) = (owner, step);
            span = owner.spans.StartActivity(step.Name, step.Kind);
            foreach (var (name, value) in step.Labels.Concat(step.Details))
            {
                span?.SetTag(name, value);
            }

            started = owner.time.GetTimestamp();
        }

        public void Failed(Exception exception)
        {
            status = CodeOf(exception);
            span?.SetTag(TelemetryNames.Attributes.ErrorType, status);
            span?.SetStatus(ActivityStatusCode.Error);
        }

        /// <summary>A part of the work; the reader's code ran in between, outside of the step.</summary>
        public async ValueTask<T> InsideAsync<T>(Func<ValueTask<T>> part)
        {
            Activity.Current = span ?? Activity.Current;
            try
            {
                return await part();
            }
            catch (Exception exception)
            {
                Failed(exception);
                throw;
            }
        }

        public void Dispose()
        {
            var took = owner.time.GetElapsedTime(started);
            took = took < TimeSpan.Zero ? TimeSpan.Zero : took; // a virtual machine's clock may step back
            var tags = new TagList { { TelemetryNames.Attributes.Step, step.Name }, { TelemetryNames.Attributes.Outcome, status } };
            foreach (var label in step.Labels)
            {
                tags.Add(label);
            }

            owner.duration.Record(took.TotalSeconds, tags);
            if (owner.log.IsEnabled(step.Level))
            {
                var seconds = Math.Round(took.TotalSeconds, 4);
                owner.StepCompleted(step.Level, step.Name, status, seconds);
            }

            span?.SetEndTime(span.StartTimeUtc + took);
            span?.Dispose();
            step.Over?.Invoke(took);
        }
    }
}
