namespace MlAspire.ServiceDefaults.Errors;

/// <summary>Remembers on an exception that it has been logged as an error, so that the boundary it passes next does not log it again.</summary>
public static class LoggedFailures
{
    private static readonly object Key = new();

    public static void MarkLogged(this Exception exception) => exception.Data[Key] = true;

    public static bool IsLogged(this Exception exception) => exception.Data.Contains(Key);
}
