namespace MlAspire.FeatureStore.CommandLine;

/// <summary>How a command ended.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The file that was given is wrong; line and column are named.</summary>
    public const int WrongFile = 1;

    public const int WrongArguments = 2;

    /// <summary>A file cannot be read or written, or is damaged.</summary>
    public const int Unreadable = 3;
}
