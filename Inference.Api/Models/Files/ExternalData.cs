using System.Text;

namespace MlAspire.Inference.Api.Models.Files;

/// <summary>Finds the files in which an ONNX model keeps weights that are not in the model itself.</summary>
/// <remarks>
/// Walks only the messages that can hold a tensor and skips all else by its length, so the time does not grow with the weights.
/// Source of the field numbers: <see href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</see>.
/// </remarks>
internal static class ExternalData
{
    private const int MaxDepth = 128; // graphs within nodes within graphs; ONNX Runtime stops earlier
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

    /// <returns>The <c>location</c>s as the model gives them, each once, in ordinal order. What is no protobuf is not complained of: ONNX Runtime does.</returns>
    public static IReadOnlyList<string> Locations(ReadOnlySpan<byte> model)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        Walk(model, Message.Model, found, 0);
        return [.. found];
    }

    private static void Walk(ReadOnlySpan<byte> message, Message kind, SortedSet<string> found, int depth)
    {
        while (depth < MaxDepth && TryNext(ref message, out var field, out var content))
        {
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
        while (TryNext(ref entry, out var field, out var content))
        {
            isLocation |= field == 1 && content.SequenceEqual("location"u8);
            value = field == 2 ? Encoding.UTF8.GetString(content) : value;
        }

        if (isLocation && value is not null)
        {
            found.Add(value);
        }
    }

    /// <summary>Splits the next field off; the content of one that is no message, text or bytes is empty. False at the end, or where the bytes are no protobuf.</summary>
    private static bool TryNext(ref ReadOnlySpan<byte> rest, out ulong field, out ReadOnlySpan<byte> content)
    {
        content = default;
        field = 0;
        if (!TryVarint(ref rest, out var key))
        {
            return false;
        }

        field = key >> 3;
        ulong length = (key & 7) switch { 1 => sizeof(ulong), 5 => sizeof(uint), _ => 0 };
        if ((key & 7) is 0 or Length && !TryVarint(ref rest, out length))
        {
            return false;
        }

        length = (key & 7) == 0 ? 0 : length;
        if ((key & 7) is 3 or 4 or > 5 || length > (ulong)rest.Length)
        {
            return false;
        }

        content = (key & 7) == Length ? rest[..(int)length] : default;
        rest = rest[(int)length..];
        return true;
    }

    private static bool TryVarint(ref ReadOnlySpan<byte> rest, out ulong value)
    {
        value = 0;
        for (var i = 0; i < rest.Length && i < 10; i++)
        {
            value |= (ulong)(rest[i] & 0x7F) << (7 * i);
            if (rest[i] < 0x80)
            {
                rest = rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
