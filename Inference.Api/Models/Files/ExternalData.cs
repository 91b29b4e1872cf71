using System.Text;

namespace MlAspire.Inference.Api.Models.Files;

/// <summary>Finds the files in which an ONNX model keeps weights that are not in the model itself.</summary>
/// <remarks>
/// Walks only the messages that can hold a tensor and skips all else by its length, so the time does not grow with the weights.
/// What it cannot follow is refused: ONNX Runtime's parser must not find a file in it that this one has not found.
/// Source of the field numbers: <see href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</see>.
/// </remarks>
internal static class ExternalData
{
    private const int MaxDepth = 128; // graphs within nodes within graphs; protobuf stops at 100
    private const int Length = 2; // protobuf's wire type of a message, text or bytes

    private enum Message
    {
        Model,
        Graph,
        Function,
        Node,
        Attribute,
        Sparse,
        Tensor,
        Entry,
    }

    /// <returns>The <c>location</c>s as the model gives them, each once, in ordinal order.</returns>
    /// <exception cref="InvalidDataException">The bytes are no protobuf, or one that ONNX has no use for: with groups, or tags of more than 32 bits.</exception>
    public static IReadOnlyList<string> Locations(ReadOnlySpan<byte> model)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        Walk(model, Message.Model, found, 0);
        return [.. found];
    }

    private static void Walk(ReadOnlySpan<byte> message, Message kind, SortedSet<string> found, int depth)
    {
        if (depth == MaxDepth)
        {
            throw Unreadable();
        }

        while (!message.IsEmpty)
        {
            var content = Next(ref message, out var field);
            if (Inner(kind, field) is Message.Entry)
            {
                AddLocation(content, found);
            }
            else if (Inner(kind, field) is { } inner)
            {
                Walk(content, inner, found, depth + 1);
            }
        }
    }

    private static Message? Inner(Message kind, ulong field) => (kind, field) switch
    {
        (Message.Model, 7) => Message.Graph,
        (Message.Model, 25) => Message.Function,
        (Message.Graph, 1) or (Message.Function, 7) => Message.Node,
        (Message.Graph, 5) => Message.Tensor,
        (Message.Graph, 15) => Message.Sparse,
        (Message.Node, 5) or (Message.Function, 11) => Message.Attribute,
        (Message.Attribute, 5) or (Message.Attribute, 10) => Message.Tensor,
        (Message.Attribute, 6) or (Message.Attribute, 11) => Message.Graph,
        (Message.Attribute, 22) or (Message.Attribute, 23) => Message.Sparse,
        (Message.Sparse, 1) or (Message.Sparse, 2) => Message.Tensor,
        (Message.Tensor, 13) => Message.Entry,
        _ => null,
    };

    private static void AddLocation(ReadOnlySpan<byte> entry, SortedSet<string> found)
    {
        var isLocation = false;
        string? value = null;
        while (!entry.IsEmpty)
        {
            var content = Next(ref entry, out var field);
            isLocation |= field == 1 && content.SequenceEqual("location"u8);
            value = field == 2 ? Encoding.UTF8.GetString(content) : value;
        }

        if (isLocation && value is not null)
        {
            found.Add(value);
        }
    }

    /// <summary>Splits the next field off.</summary>
    /// <returns>Its content; empty when it is no message, text or bytes.</returns>
    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> rest, out ulong field)
    {
        var key = Varint(ref rest);
        field = key >> 3;
        var type = (int)(key & 7);
        if (key > uint.MaxValue || type is not (0 or 1 or Length or 5))
        {
            throw Unreadable(); // parsers differ in what they make of longer tags, and a group has no length
        }

        ulong length = type switch { 1 => sizeof(ulong), 5 => sizeof(uint), _ => Varint(ref rest) };
        length = type == 0 ? 0 : length; // the number itself is read
        if (length > (ulong)rest.Length)
        {
            throw Unreadable();
        }

        var content = type == Length ? rest[..(int)length] : default;
        rest = rest[(int)length..];
        return content;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> rest)
    {
        var value = 0UL;
        for (var i = 0; i < rest.Length && i < 10; i++)
        {
            value |= (ulong)(rest[i] & 0x7F) << (7 * i);
            if (rest[i] < 0x80)
            {
                rest = rest[(i + 1)..];
                return value;
            }
        }

        throw Unreadable();
    }

    private static InvalidDataException Unreadable() => new("the file is no ONNX model: its protobuf cannot be read");
}
