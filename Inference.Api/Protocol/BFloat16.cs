namespace MlAspire.Inference.Api.Protocol;

/// <summary>BF16: the upper half of an IEEE single.</summary>
internal static class BFloat16
{
    /// <summary>Exact.</summary>
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Rounds to the nearest, ties to even; beyond the largest finite value becomes infinity, as IEEE says.</summary>
    public static ushort FromDouble(double value)
    {
        if (double.IsNaN(value))
        {
            return 0x7FC0;
        }

        // Rounding to odd keeps what decides a tie: the second rounding then gives what one rounding would have given.
        var nearest = (float)value;
        var bits = BitConverter.SingleToUInt32Bits(nearest);
        if (float.IsFinite(nearest) && nearest != value)
        {
            bits = Math.Abs((double)nearest) > Math.Abs(value) ? (bits - 1) | 1 : bits | 1;
        }

        if (float.IsInfinity(nearest))
        {
            return (ushort)(bits >> 16);
        }

        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
