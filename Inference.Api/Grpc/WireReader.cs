using System.Buffers;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Goes over the fields of a message in protobuf's wire format without making anything of them.</summary>
/// <remarks>Source: <see href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers, Encoding</see>. Groups, which no message of proto3 has, are refused.</remarks>
internal ref struct WireReader(ReadOnlySequence<byte> message)
{
    /// <summary>Of a number with as many bits as there may be.</summary>
    public const int MaxVarintBytes = 10;

    private SequenceReader<byte> reader = new(message);

    /// <summary>Moves to the next field; false at the end.</summary>
    /// <param name="content">Of a field with a length (a message, bytes, a text); else empty.</param>
    /// <exception cref="InvalidDataException">The bytes are no message.</exception>
    public bool TryNext(out int number, out ReadOnlySequence<byte> content)
    {
        content = default;
        number = 0;
        if (reader.End)
        {
            return false;
        }

        var tag = (uint)Varint(); // as the parser takes it
        number = (int)(tag >> 3);
        switch (tag & 7)
        {
            case 0: Varint(); break;
            case 1: Take(sizeof(long)); break;
            case 2: content = Take(Varint()); break;
            case 5: Take(sizeof(int)); break;
            default: throw NoMessage();
        }

        return true;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var i = 0; i < MaxVarintBytes; i++)
        {
            if (!reader.TryRead(out var part))
            {
                throw NoMessage();
            }

            value |= (ulong)(part & 0x7f) << (7 * i);
            if (part < 0x80)
            {
                return value;
            }
        }

        throw NoMessage();
    }

    private ReadOnlySequence<byte> Take(ulong bytes) => bytes <= (ulong)reader.Remaining && reader.TryReadExact((int)bytes, out var taken) ? taken : throw NoMessage();

    private static InvalidDataException NoMessage() => new("The bytes are no message of protobuf.");
}
