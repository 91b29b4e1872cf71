using System.Globalization;

namespace MlAspire.FeatureStore.CommandLine;

/// <summary>Says how far a command is, at most every two seconds.</summary>
internal sealed class Progress(TextWriter errors, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private long last = time.GetTimestamp();

    /// <param name="what">Only asked for when it is said.</param>
    public void Say(Func<string> what)
    {
        if (time.GetElapsedTime(last) >= Interval)
        {
            last = time.GetTimestamp();
            errors.WriteLine(what());
        }
    }

    /// <summary>As people read it: <c>1,234,567</c>.</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
