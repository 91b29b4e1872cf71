using System.Buffers;
using System.Text;
using System.Text.Json;

namespace MlAspire.Monitoring.Logs;

/// <summary>Which lines are asked for: those for which all conditions hold.</summary>
/// <param name="fields">Fields of the line and their values: of a text the same text, of a number or a truth value its JSON.</param>
/// <param name="level">The lowest that is wanted; null = all.</param>
/// <param name="from">First moment.</param>
/// <param name="to">Moment before which they are.</param>
internal sealed class LogFilter(IReadOnlyDictionary<string, string> fields, string? level = null, DateTimeOffset? from = null, DateTimeOffset? to = null)
{
    /// <summary>Lowest first.</summary>
    public static readonly string[] Levels = ["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

    // Of such characters no JSON writer makes an escape: a line without these bytes need not be parsed.
    private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:");

    private readonly Condition[] conditions = [.. fields.Select(field => new Condition(Encoding.UTF8.GetBytes(field.Key), Encoding.UTF8.GetBytes(field.Value), !field.Value.AsSpan().ContainsAnyExcept(Plain)))];
    private readonly int lowest = level is null ? 0 : Array.IndexOf(Levels, level);

    public DateTimeOffset From { get; } = from ?? DateTimeOffset.MinValue;

    public DateTimeOffset To { get; } = to ?? DateTimeOffset.MaxValue;

    /// <summary>Whether the line is asked for, and when it was written.</summary>
    /// <exception cref="JsonException">The line is no JSON object with a time: a crash cut it off, or someone else wrote it.</exception>
    public bool Matches(ReadOnlySpan<byte> line, out DateTimeOffset time)
    {
        time = default;
        foreach (ref readonly var condition in conditions.AsSpan())
        {
            if (condition.IsPlain && line.IndexOf(condition.Value) < 0)
            {
                return false;
            }
        }

        return Parse(line, out time) && time >= From && time < To;
    }

    private bool Parse(ReadOnlySpan<byte> line, out DateTimeOffset time)
    {
        var (found, isLevel, timed) = (0, lowest == 0, false);
        time = default;
        var json = new Utf8JsonReader(line);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var condition = ConditionOf(ref json);
            var (isTimestamp, isLevelField) = (json.ValueTextEquals("timestamp"u8), json.ValueTextEquals("level"u8));
            json.Read();
            timed |= isTimestamp && json.TryGetDateTimeOffset(out time);
            isLevel |= isLevelField && Array.IndexOf(Levels, json.GetString()) >= lowest;
            found += condition is { } wanted && wanted.Holds(ref json) ? 1 : 0;
            json.Skip();
        }

        return timed ? isLevel && found == conditions.Length : throw new JsonException("The line has no timestamp.");
    }

    private Condition? ConditionOf(ref Utf8JsonReader name)
    {
        foreach (var condition in conditions)
        {
            if (name.ValueTextEquals(condition.Name))
            {
                return condition;
            }
        }

        return null;
    }

    private readonly record struct Condition(byte[] Name, byte[] Value, bool IsPlain)
    {
        public bool Holds(ref Utf8JsonReader value) => value.TokenType switch
        {
            JsonTokenType.String => value.ValueTextEquals(Value),
            JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null => value.ValueSpan.SequenceEqual(Value),
            _ => false,
        };
    }
}
