using MlAspire.FeatureStore.Backfill;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.PointInTime;
using MlAspire.ServiceDefaults.CommandLine;

namespace MlAspire.FeatureStore;

/// <summary>What the program does without serving: <c>features join</c>, <c>features backfill</c> and <c>features compact</c>.</summary>
internal static class FeaturesCommand
{
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CancellationToken cancellationToken)
    {
        switch (args)
        {
            case ["join", ..]: return new JoinCommand(Console.Error, TimeProvider.System).Run([.. args.Skip(1)]);
            case ["compact", ..]: return new CompactCommand(Console.Error).Run([.. args.Skip(1)]);
            case ["backfill", ..]: return await new BackfillCommand(Console.Error, TimeProvider.System).RunAsync([.. args.Skip(1)], cancellationToken);
            default:
                await Console.Error.WriteLineAsync($"{JoinArguments.Usage}\n{BackfillArguments.Usage}\n{CompactCommand.Usage}");
                return ExitCode.WrongArguments;
        }
    }
}
