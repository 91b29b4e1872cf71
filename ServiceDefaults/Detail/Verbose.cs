namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Asks for the Debug lines of one request.</summary>
public static class Verbose
{
    internal const string Reason = "verbose";

    /// <summary>From now on the current request is told in full and with its Debug lines, here and in every service that it calls; no-op outside of a request.</summary>
    public static void Ask() => RequestDetail.Current?.Keep(Reason, verbose: true);
}
