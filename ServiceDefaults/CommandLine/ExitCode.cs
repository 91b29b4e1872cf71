namespace MlAspire.ServiceDefaults.CommandLine;

/// <summary>How a command ended.</summary>
public static class ExitCode
{
    public const int Done = 0;

    /// <summary>What was given is wrong, or what was asked for cannot be done or is not so; the reason is printed.</summary>
    public const int Failed = 1;

    public const int WrongArguments = 2;

    /// <summary>A file cannot be read or written, or is damaged.</summary>
    public const int Unreadable = 3;

    /// <summary>A service that was asked has a defect: what was given may be right.</summary>
    public const int ServiceFailed = 4;
}
