using System.Collections;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace MlAspire.Inference.Api.Models.Config;

/// <summary>Reads a message in protobuf's text format: <c>max_batch_size: 8 input [ { name: "x" data_type: TYPE_FP32 dims: [ 2 ] } ]</c>. A field that the message does not have is refused by name.</summary>
/// <remarks>
/// Source: <see href="https://protobuf.dev/reference/protobuf/textformat-spec/"/>. Google's C# library writes this format but does not read it.
/// Fields of the kinds that a model configuration has: integers, bool, string, enum, message and map.
/// </remarks>
internal sealed class TextFormatReader
{
    private const int MaxDepth = 32;
    private readonly TextFormatTokens tokens;
    private TextFormatToken next;

    private TextFormatReader(string text)
    {
        tokens = new TextFormatTokens(text);
        next = tokens.Next();
    }

    /// <exception cref="InvalidDataException">The message says at which line.</exception>
    public static T Parse<T>(string text)
        where T : IMessage, new()
    {
        var message = new T();
        var reader = new TextFormatReader(text);
        reader.ReadFields(message.Descriptor, (field, value) => Set(message, field, value), end: null, depth: 0);
        return message;
    }

    private void ReadFields(MessageDescriptor type, Action<FieldDescriptor, object> set, char? end, int depth)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (end is { } sign ? !next.Is(sign) : next.Kind != TextFormatTokenKind.End)
        {
            var name = next.Kind == TextFormatTokenKind.Word ? Take() : throw Unexpected("the name of a field");
            var field = type.FindFieldByName(name.Value) ?? throw TextFormatTokens.Invalid(name.Line, $"field '{name.Value}' of {type.Name} is not supported");
            if (!seen.Add(name.Value) && !field.IsRepeated)
            {
                throw TextFormatTokens.Invalid(name.Line, $"field '{name.Value}' is there twice");
            }

            ReadField(field, value => set(field, value), depth);
            TakeIf(',', ';');
        }

        Take();
    }

    private void ReadField(FieldDescriptor field, Action<object> set, int depth)
    {
        var colon = TakeIf(':');
        if (!colon && field.FieldType != FieldType.Message)
        {
            throw Unexpected("':'");
        }

        if (!field.IsRepeated || !TakeIf('['))
        {
            set(ReadValue(field, depth));
            return;
        }

        while (!TakeIf(']'))
        {
            set(ReadValue(field, depth));
            if (!TakeIf(',') && !next.Is(']'))
            {
                throw Unexpected("',' or ']'");
            }
        }
    }

    private object ReadValue(FieldDescriptor field, int depth) => field.FieldType switch
    {
        FieldType.Message => ReadMessage(field, depth),
        FieldType.String => ReadText(),
        FieldType.Bool => ReadBool(field),
        FieldType.Enum => ReadEnum(field),
        FieldType.Int32 => (int)ReadInteger(field, int.MinValue, int.MaxValue),
        FieldType.Int64 => (long)ReadInteger(field, long.MinValue, long.MaxValue),
        FieldType.UInt32 => (uint)ReadInteger(field, uint.MinValue, uint.MaxValue),
        FieldType.UInt64 => (ulong)ReadInteger(field, ulong.MinValue, ulong.MaxValue),
        _ => throw new NotSupportedException($"field '{field.Name}' is {field.FieldType}"),
    };

    private object ReadMessage(FieldDescriptor field, int depth)
    {
        var end = TakeIf('{') ? '}' : TakeIf('<') ? '>' : throw Unexpected("'{'");
        if (depth == MaxDepth)
        {
            throw TextFormatTokens.Invalid(next.Line, $"more than {MaxDepth} messages in each other");
        }

        if (field.IsMap)
        {
            var entry = new Dictionary<string, object>(StringComparer.Ordinal);
            ReadFields(field.MessageType, (part, value) => entry[part.Name] = value, end, depth + 1);
            return entry;
        }

        var message = field.MessageType.Parser.ParseFrom(ByteString.Empty);
        ReadFields(field.MessageType, (part, value) => Set(message, part, value), end, depth + 1);
        return message;
    }

    private string ReadText()
    {
        var value = next.Kind == TextFormatTokenKind.Text ? Take().Value : throw Unexpected("a text in quotes");
        while (next.Kind == TextFormatTokenKind.Text)
        {
            value += Take().Value;
        }

        return value;
    }

    private bool ReadBool(FieldDescriptor field) => Take() switch
    {
        { Value: "true" or "True" or "t" or "1", Kind: not TextFormatTokenKind.Text } => true,
        { Value: "false" or "False" or "f" or "0", Kind: not TextFormatTokenKind.Text } => false,
        var other => throw TextFormatTokens.Invalid(other.Line, $"field '{field.Name}' must be true or false, not {other.Quoted}"),
    };

    private object ReadEnum(FieldDescriptor field)
    {
        var word = Take();
        var value = word.Kind == TextFormatTokenKind.Word ? field.EnumType.FindValueByName(word.Value) : null;
        return value is null ? throw TextFormatTokens.Invalid(word.Line, $"field '{field.Name}' has no value {word.Quoted}; it has {string.Join(", ", field.EnumType.Values.Select(each => each.Name))}")
            : Enum.ToObject(field.EnumType.ClrType, value.Number);
    }

    private Int128 ReadInteger(FieldDescriptor field, Int128 least, Int128 most)
    {
        var negative = TakeIf('-');
        var number = Take();
        var hex = number.Value.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return number.Kind == TextFormatTokenKind.Number
            && Int128.TryParse(hex ? "0" + number.Value[2..] : number.Value, hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && (negative ? -value : value) is var signed && signed >= least && signed <= most
            ? signed
            : throw TextFormatTokens.Invalid(number.Line, $"field '{field.Name}' must be an integer in [{least}, {most}], not {number.Quoted}");
    }

    private static void Set(IMessage message, FieldDescriptor field, object value)
    {
        switch (field)
        {
            case { IsMap: true }:
                var entry = (Dictionary<string, object>)value;
                ((IDictionary)field.Accessor.GetValue(message))[Part(entry, field, "key")] = Part(entry, field, "value");
                break;
            case { IsRepeated: true }:
                ((IList)field.Accessor.GetValue(message)).Add(value);
                break;
            default:
                field.Accessor.SetValue(message, value);
                break;
        }
    }

    private static object Part(Dictionary<string, object> entry, FieldDescriptor field, string name) =>
        entry.TryGetValue(name, out var value) ? value : throw new InvalidDataException($"an entry of '{field.Name}' has no {name}");

    private TextFormatToken Take()
    {
        var taken = next;
        next = taken.Kind == TextFormatTokenKind.End ? taken : tokens.Next();
        return taken;
    }

    private bool TakeIf(params ReadOnlySpan<char> signs)
    {
        foreach (var sign in signs)
        {
            if (next.Is(sign))
            {
                Take();
                return true;
            }
        }

        return false;
    }

    private InvalidDataException Unexpected(string wanted) => TextFormatTokens.Invalid(next.Line, $"{wanted} is expected, not {next.Quoted}");
}
