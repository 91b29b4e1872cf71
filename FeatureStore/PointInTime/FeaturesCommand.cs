namespace MlAspire.FeatureStore.PointInTime;

/// <summary>What the program does without serving: <c>features join</c>.</summary>
internal static class FeaturesCommand
{
    /// <returns>The exit code.</returns>
    public static int Run(IReadOnlyList<string> args)
    {
        if (args is ["join", ..]) { return new JoinCommand(Console.Error, TimeProvider.System).Run([.. args.Skip(1)]); }
        Console.Error.WriteLine(JoinArguments.Usage);
        return JoinCommand.WrongArguments;
    }
}
