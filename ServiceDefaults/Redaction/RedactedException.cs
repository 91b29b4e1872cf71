using System.Diagnostics.CodeAnalysis;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>Stands in a log event for an exception whose text held a secret: the same texts without it.</summary>
[SuppressMessage("Design", "CA1032", Justification = "made from an exception only")]
public sealed class RedactedException : Exception
{
    private readonly string text;

    private RedactedException(Exception original, string message, string text)
        : base(message)
    {
        this.text = text;
        OriginalType = TypeOf(original);
    }

    /// <summary>Name of the type of the exception that was thrown.</summary>
    public string OriginalType { get; }

    public override string ToString() => text;

    /// <summary>The exception itself when its text (with inner exceptions and stack) holds nothing to take out.</summary>
    /// <param name="secrets">Texts that are known to be secret, longest first, beside what <see cref="Redactor"/> finds by itself.</param>
    public static Exception From(Exception exception, IReadOnlyList<string> secrets)
    {
        if (exception is RedactedException)
        {
            return exception;
        }

        var full = exception.ToString();
        var clean = Clean(full, secrets);
        return clean == full ? exception : new RedactedException(exception, Clean(exception.Message, secrets), clean);
    }

    /// <summary>Its type and stack, and those of its inner exceptions.</summary>
    public static Exception WithoutMessage(Exception exception) => new RedactedException(exception, Redactor.Mark, Redactor.Text(Unsaid(exception)));

    /// <summary>The name of the type that was thrown, also behind a stand-in.</summary>
    public static string TypeOf(Exception exception) => exception is RedactedException redacted ? redacted.OriginalType : exception.GetType().FullName!;

    private static string Unsaid(Exception exception) =>
        $"{TypeOf(exception)}: {Redactor.Mark}{(exception.InnerException is { } inner ? $"\n ---> {Unsaid(inner)}\n   --- End of inner exception stack trace ---" : "")}\n{exception.StackTrace}";

    private static string Clean(string text, IReadOnlyList<string> secrets) =>
        Redactor.Text(secrets.Aggregate(text, static (rest, secret) => rest.Replace(secret, Redactor.Mark, StringComparison.Ordinal)));
}
