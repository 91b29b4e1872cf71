using Microsoft.Extensions.Options;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Models.Loading;
using MlAspire.Inference.Api.Models.Repository;
using MlAspire.Inference.Api.Onnx;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Models.Residency;

/// <summary>
/// Keeps the sessions in memory within <see cref="ModelRepositoryOptions.MemoryBudgetBytes"/>: the one used longest ago, by nobody now, goes first. A request for one that is not there brings it back,
/// once for all that ask; when everything in memory is in use it waits, up to <see cref="ModelRepositoryOptions.ColdLoadTimeout"/>.
/// </summary>
/// <remarks>Without a budget nothing goes, and a request pays nothing for it.</remarks>
internal sealed partial class ModelResidency(
    ResidentSessions resident, IOptions<ModelRepositoryOptions> options, ResidencyMetrics metrics, TimeProvider time, ILogger<ModelResidency> logger) : IDisposable
{
    /// <summary>What a session takes beside its weights, by measurement of small models.</summary>
    private const long SessionBytes = 256 << 10;

    private readonly bool bounded = options.Value.MemoryBudgetBytes > 0;
    private readonly SemaphoreSlim opening = new(Environment.ProcessorCount); // sessions being made again at the same time

    /// <summary>What a session is taken to need: its files and a quarter (packed and constant-folded weights), and 256 KiB. What runs allocate is not in it.</summary>
    public static long CostOf(long fileBytes) => fileBytes + (fileBytes / 4) + SessionBytes;

    /// <summary>Makes room for a session that is about to be made; follow with <see cref="Add"/> or <see cref="Cancel"/>.</summary>
    /// <exception cref="InvalidDataException">It is larger than the budget.</exception>
    /// <exception cref="ServiceError">Overloaded: all that is in memory stayed in use.</exception>
    public async Task ReserveAsync(string model, long bytes)
    {
        if (bounded && bytes > options.Value.MemoryBudgetBytes)
        {
            LogLowMemory(model, bytes, resident.TakenBytes, options.Value.MemoryBudgetBytes);
            throw new InvalidDataException($"it needs {bytes} bytes of memory, ModelRepository:MemoryBudgetBytes is {options.Value.MemoryBudgetBytes}");
        }

        var started = time.GetTimestamp();
        var told = false;
        while (!resident.TryTake(bytes, out var going, out var changed))
        {
            if (going.Count > 0)
            {
                Evict(going);
                continue;
            }

            if (!told)
            {
                told = true;
                LogLowMemory(model, bytes, resident.TakenBytes, options.Value.MemoryBudgetBytes);
            }

            await WaitForRoomAsync(changed, started, model, bytes);
        }
    }

    /// <summary>Takes a session in, whose room is reserved.</summary>
    public void Add(ModelSession session, OnnxRunner runner) => resident.Add(session, runner);

    /// <summary>Gives up a reservation.</summary>
    public void Cancel(long bytes) => resident.Free(bytes);

    /// <summary>Has a session in memory until <see cref="Leave"/>, which follows whether this succeeds or not; brings it back when it is not there.</summary>
    /// <exception cref="ServiceError">Overloaded: no room in time. NotReady: it cannot be loaded any more; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The caller has gone; who else waits gets it.</exception>
    public ValueTask EnterAsync(ModelSession session, LoadedModel model, CancellationToken cancellationToken) =>
        !bounded || resident.TryEnter(session) ? ValueTask.CompletedTask : new ValueTask(BringBackAsync(session, model, cancellationToken));

    public void Leave(ModelSession session)
    {
        if (bounded)
        {
            resident.Leave(session);
        }
    }

    /// <summary>Says when a session may go.</summary>
    /// <returns>False when it is not in memory.</returns>
    public bool Stays(ModelSession session, Stay stay) => !bounded || resident.Stays(session, stay);

    /// <summary>Gives the memory of a session back that nobody can ask for any more.</summary>
    public void Remove(ModelSession session)
    {
        if (resident.Remove(session) is { } runner)
        {
            runner.Dispose();
            resident.Free(session.Bytes);
        }
    }

    public void Dispose() => opening.Dispose();

    private void Evict(IReadOnlyList<(ModelSession Session, OnnxRunner Runner)> going)
    {
        foreach (var (session, runner) in going)
        {
            runner.Dispose();
            resident.Left(session);
            metrics.Evicted();
        }
    }

    private Task BringBackAsync(ModelSession session, LoadedModel model, CancellationToken cancellationToken) =>
        resident.Enter(session, () => Task.Run(() => ReturnAsync(session, model), CancellationToken.None)).WaitAsync(cancellationToken);

    private async Task ReturnAsync(ModelSession session, LoadedModel model)
    {
        var started = time.GetTimestamp();
        try
        {
            if (!model.TryAcquire())
            {
                throw new ServiceError(ErrorCode.NotReady, $"model '{model.Name}' is not ready: it was unloaded");
            }

            using var lease = new ModelLease(model); // who asked may leave meanwhile
            RequireHope(session, model);
            await ReserveAsync(model.Name, session.Bytes);
            await OpenAsync(session, model);
            metrics.ColdLoaded(model.Name, model.Version, time.GetElapsedTime(started));
        }
        catch
        {
            resident.NotReturned(session);
            throw;
        }
    }

    private static void RequireHope(ModelSession session, LoadedModel model)
    {
        try
        {
            session.RequireHope();
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw NotReady(model, exception);
        }
    }

    private static ServiceError NotReady(LoadedModel model, Exception exception) => new(ErrorCode.NotReady, $"model '{model.Name}' is not ready: {exception.Message}", exception);

    private async Task OpenAsync(ModelSession session, LoadedModel model)
    {
        await opening.WaitAsync(CancellationToken.None);
        OnnxRunner? runner = null;
        try
        {
            runner = await Blocking.RunAsync(session.Open);
            Add(session, runner);
        }
        catch (Exception exception) when (exception is InvalidDataException or ServiceError or IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            LogFailed(model.Name, model.Version, exception.Message);
            throw NotReady(model, exception);
        }
        finally
        {
            opening.Release();
            if (runner is null)
            {
                Cancel(session.Bytes);
            }
        }
    }

    private async Task WaitForRoomAsync(Task changed, long started, string model, long bytes)
    {
        var left = options.Value.ColdLoadTimeout - time.GetElapsedTime(started);
        try
        {
            await changed.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        }
        catch (TimeoutException exception)
        {
            throw new ServiceError(ErrorCode.Overloaded, $"no room in memory for model '{model}': it needs {bytes} bytes, and of the budget of {options.Value.MemoryBudgetBytes} bytes too much is in use", exception);
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.LowMemory, Level = LogLevel.Warning,
        Message = "No room for model {Model} at once: it needs {Bytes} bytes, {TakenBytes} of the budget of {BudgetBytes} bytes are taken")]
    private partial void LogLowMemory(string model, long bytes, long takenBytes, long budgetBytes);

    [LoggerMessage(EventName = TelemetryNames.Events.ModelLoadFailed, Level = LogLevel.Error, Message = "Model {Model} version {ModelVersion} cannot be brought back into memory: {Reason}")]
    private partial void LogFailed(string model, string modelVersion, string reason);
}
