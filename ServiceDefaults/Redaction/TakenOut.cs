using System.Globalization;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>What was taken out of the named values of an event or a scope, so that it can be taken out of the text of an exception too. Not thread-safe while it is added to.</summary>
internal sealed class TakenOut
{
    private const int MinLength = 4; // of a shorter one too much of any text would be taken

    private readonly List<string> texts = [];
    private bool hasObjects;

    /// <summary>A text, a number or a time.</summary>
    public void Add(object value)
    {
        if (Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: >= MinLength } text)
        {
            texts.Add(text);
        }
    }

    /// <summary>Anything else: in which form an exception's text may have it nobody can say.</summary>
    public void AddObject() => hasObjects = true;

    public void AddAll(TakenOut? other)
    {
        texts.AddRange(other?.texts ?? []);
        hasObjects |= other?.hasObjects == true;
    }

    public void Clear()
    {
        texts.Clear();
        hasObjects = false;
    }

    /// <summary>The exception itself when its text (with inner exceptions and stack) holds nothing to take out. Of an event with an object that was taken out the messages of its exceptions are not written.</summary>
    public Exception CleanOf(Exception exception) => hasObjects ? RedactedException.WithoutMessage(exception) : RedactedException.From(exception, [.. texts.OrderByDescending(text => text.Length)]);
}
