using System.Buffers.Binary;

namespace MlAspire.Inference.Api.Protocol;

/// <summary>The layout of BYTES tensors: each element is its length (u32, little-endian) and then that many bytes. <c>02 00 00 00 68 69</c> is "hi".</summary>
internal static class TensorBytes
{
    /// <summary>Counts the elements of <paramref name="data"/>.</summary>
    /// <returns>-1 when the last element is cut short.</returns>
    public static long Count(ReadOnlySpan<byte> data)
    {
        long count = 0;
        while (!data.IsEmpty)
        {
            if (!TryNext(ref data, out _))
            {
                return -1;
            }

            count++;
        }

        return count;
    }

    /// <summary>Splits the first element off <paramref name="data"/>; false when it is cut short.</summary>
    public static bool TryNext(ref ReadOnlySpan<byte> data, out ReadOnlySpan<byte> element)
    {
        element = default;
        if (data.Length < sizeof(uint))
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if (length > (uint)(data.Length - sizeof(uint)))
        {
            return false;
        }

        element = data.Slice(sizeof(uint), (int)length);
        data = data[(sizeof(uint) + (int)length)..];
        return true;
    }
}
