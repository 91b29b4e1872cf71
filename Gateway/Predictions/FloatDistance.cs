namespace MlAspire.Gateway.Predictions;

/// <summary>How far apart two numbers of FP32 are, in units in the last place. Pure.</summary>
/// <remarks>Source: the ordering of IEEE 754 numbers by their bits, <see href="https://doi.org/10.1109/IEEESTD.2019.8766229">IEEE 754-2019, section 5.10</see>.</remarks>
internal static class FloatDistance
{
    /// <summary>Steps from one number to the next representable one that lead from <paramref name="a"/> to <paramref name="b"/>; +0 and -0 are one step apart. Neither is NaN.</summary>
    public static long Ulps(float a, float b) => Math.Abs(Place(a) - Place(b));

    // Negative numbers' bits grow downwards: turned over, every number has its place in one line.
    private static long Place(float number) => BitConverter.SingleToInt32Bits(number) is var bits && bits < 0 ? -1L - (bits & int.MaxValue) : bits;
}
