using MlAspire.Inference.Api.Batching;

namespace MlAspire.Inference.Api.Tests.Batching;

public sealed class BatchPolicyTests
{
    [Theory]
    // no preferred sizes: wait for max_batch_size, or take what is there when the delay is over
    [InlineData(8, "", "1", false, 0)]
    [InlineData(8, "", "1", true, 1)]
    [InlineData(8, "", "3,3,1", false, 0)]
    [InlineData(8, "", "3,3,2", false, 3)]
    [InlineData(8, "", "3,3,3", false, 2)] // the third does not fit: nothing more can join
    [InlineData(8, "", "8,1", false, 1)]
    [InlineData(1, "", "1,1", false, 1)]
    // preferred sizes: the largest that is met exactly
    [InlineData(8, "4", "1,1,1", false, 0)]
    [InlineData(8, "4", "1,1,1", true, 3)]
    [InlineData(8, "4", "1,1,1,1", false, 4)]
    [InlineData(8, "4", "1,1,1,1,1", false, 4)]
    [InlineData(8, "2,6", "1,1,1", false, 0)]
    [InlineData(8, "2,6", "1,1,1", true, 2)]
    [InlineData(8, "6", "4,3", false, 2)] // past the preferred size without meeting it: everything that fits
    [InlineData(8, "6", "4,5", false, 1)]
    // no batching
    [InlineData(0, "", "5,5", false, 1)]
    public void Takes(int maxRows, string preferred, string rows, bool delayOver, int expected)
    {
        var policy = new BatchPolicy(maxRows, [.. Numbers(preferred)]);

        Assert.Equal(expected, policy.Take([.. Numbers(rows).Select(row => (long)row)], delayOver));
    }

    private static IEnumerable<int> Numbers(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);
}
