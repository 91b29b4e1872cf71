using System.Globalization;
using MlAspire.FeatureStore.CommandLine;
using MlAspire.FeatureStore.Csv;
using MlAspire.FeatureStore.Registry;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Backfill;

/// <summary><c>features backfill</c>: a file of old events to a feature store, each exactly once however often it is started; poison rows go to quarantine and hold nothing up.</summary>
internal sealed class BackfillCommand(TextWriter errors, TimeProvider time)
{
    private const int BatchRows = 2_000;

    private readonly Progress progress = new(errors, time);

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> args, CancellationToken cancellationToken)
    {
        BackfillArguments arguments;
        PushSource? source;
        try
        {
            arguments = BackfillArguments.Parse(args);
            var registry = RegistryFile.Read(arguments.Registry);
            source = registry.Source(arguments.Source) ?? throw new ServiceError(ErrorCode.InvalidArgument, $"There is no push source '{arguments.Source}'; there are {string.Join(", ", registry.Sources.Select(s => s.Name))}.");
        }
        catch (Exception wrong) when (wrong is ServiceError or RegistryFileException or IOException)
        {
            errors.WriteLine($"{wrong.Message}\n{BackfillArguments.Usage}");
            return ExitCode.WrongArguments;
        }
        return await RunAsync(arguments, source, cancellationToken);
    }

    private async Task<int> RunAsync(BackfillArguments arguments, PushSource source, CancellationToken cancellationToken)
    {
        try
        {
            using var http = new HttpClient { BaseAddress = arguments.Store };
            if (arguments.Key is { } key)
            {
                http.DefaultRequestHeaders.Add(ApiKey.Header, key);
            }
            await RunAsync(arguments, source, new BackfillClient(http, source, arguments.Producer, time, errors.WriteLine), cancellationToken);
            return ExitCode.Done;
        }
        catch (Exception wrong) when (wrong is CsvException or ServiceError)
        {
            errors.WriteLine(wrong.Message);
            return wrong is ServiceError { Code: ErrorCode.Internal or ErrorCode.Unimplemented } ? ExitCode.ServiceFailed : ExitCode.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            errors.WriteLine(e.Message);
            return ExitCode.Unreadable;
        }
    }

    private async Task RunAsync(BackfillArguments arguments, PushSource source, BackfillClient client, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var file = new BackfillFile(arguments.File, source);
        var first = await client.NextOffsetAsync(cancellationToken);
        if (first > 0)
        {
            errors.WriteLine($"goes on at row {Progress.Number(first)}: the store has the ones before");
        }
        var quarantine = new Quarantine(arguments.Quarantine, first);
        var rows = 0L;
        try
        {
            foreach (var batch in file.Rows().Where(row => row.Offset >= first).Chunk(BatchRows))
            {
                await PushAsync(client, quarantine, batch, cancellationToken);
                rows += batch.Length;
                progress.Say(() => $"pushed {Progress.Number(rows)} rows, up to line {Progress.Number(batch[^1].Line)}");
            }
        }
        finally
        {
            var seconds = time.GetElapsedTime(started).TotalSeconds;
            errors.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Progress.Number(rows)} rows in {seconds:0.0} s, {quarantine.Count} in quarantine{(quarantine.Count > 0 ? $": {arguments.Quarantine}" : "")}"));
        }
    }

    /// <summary>Pushes the rows; what is wrong goes to quarantine, and the rest is pushed in its pieces. Then the store is told to set aside what is wrong, too, and so counts its offsets.</summary>
    /// <exception cref="ServiceError">InvalidArgument: too much is wrong, or the store does not set it aside. Else as the store says.</exception>
    private static async Task PushAsync(BackfillClient client, Quarantine quarantine, BackfillRow[] rows, CancellationToken cancellationToken)
    {
        var (pieces, anyWrong) = (new Stack<IReadOnlyList<BackfillRow>>([rows]), false);
        while (pieces.TryPop(out var piece))
        {
            var wrong = await client.PushAsync(piece, setAside: false, cancellationToken);
            foreach (var (row, reason) in wrong.OrderBy(problem => problem.Key))
            {
                quarantine.Add(piece[row], reason);
            }
            // The first piece is on top: the offsets have to come in their order.
            foreach (var between in Between(piece, wrong).Reverse())
            {
                pieces.Push(between);
            }
            anyWrong |= wrong.Count > 0;
        }
        if (anyWrong && await client.PushAsync(rows, setAside: true, cancellationToken) is { Count: > 0 } refused)
        {
            var (row, reason) = refused.MinBy(problem => problem.Key);
            throw new ServiceError(ErrorCode.InvalidArgument, $"The store does not set aside what it refuses ({refused.Count} of {rows.Length} rows); line {rows[row].Line}: {reason}.");
        }
    }

    private static IEnumerable<IReadOnlyList<BackfillRow>> Between(IReadOnlyList<BackfillRow> rows, IReadOnlyDictionary<int, string> wrong)
    {
        if (wrong.Count == 0)
        {
            yield break;
        }
        var start = 0;
        foreach (var row in wrong.Keys.Order().Append(rows.Count))
        {
            if (row > start)
            {
                yield return [.. rows.Skip(start).Take(row - start)];
            }
            start = row + 1;
        }
    }
}
