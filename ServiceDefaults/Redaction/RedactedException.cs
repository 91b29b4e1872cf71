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
        OriginalType = original.GetType().FullName!;
    }

    /// <summary>Name of the type of the exception that was thrown.</summary>
    public string OriginalType { get; }

    public override string ToString() => text;

    /// <summary>The exception itself when its text (with inner exceptions and stack) holds nothing to take out.</summary>
    /// <param name="secrets">Texts that are known to be secret, beside what <see cref="Redactor"/> finds by itself.</param>
    [return: NotNullIfNotNull(nameof(exception))]
    public static Exception? From(Exception? exception, IReadOnlyList<string> secrets)
    {
        if (exception is null or RedactedException)
        {
            return exception;
        }

        var full = exception.ToString();
        var clean = Clean(full, secrets);
        return clean == full ? exception : new RedactedException(exception, Clean(exception.Message, secrets), clean);
    }

    /// <summary>The name of the type that was thrown, also behind a stand-in.</summary>
    public static string TypeOf(Exception exception) => exception is RedactedException redacted ? redacted.OriginalType : exception.GetType().FullName!;

    private static string Clean(string text, IReadOnlyList<string> secrets) =>
        Redactor.Text(secrets.Aggregate(text, static (rest, secret) => rest.Replace(secret, Redactor.Mark, StringComparison.Ordinal)));
}
