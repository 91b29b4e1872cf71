using MlAspire.Inference.Api.Batching;

namespace MlAspire.Inference.Api.Tests.Batching;

public sealed class BatchPolicyTests
{
    /// <summary>Worked out by hand from Triton's GetDynamicBatch.</summary>
    [Theory]
    // no preferred sizes: the only one is max_batch_size
    [InlineData(8, "", "1", "Left", 0)]
    [InlineData(8, "", "1", "Over", 1)]
    [InlineData(8, "", "1", "None", 1)]
    [InlineData(8, "", "3,3,1", "Left", 0)]
    [InlineData(8, "", "3,3,1", "None", 3)]
    [InlineData(8, "", "3,3,2", "Left", 3)]
    [InlineData(8, "", "3,3,3", "Left", 2)] // the third does not fit: nothing more can join
    [InlineData(8, "", "3,3,3", "Over", 2)]
    [InlineData(8, "", "8,1", "Left", 1)]
    [InlineData(1, "", "1,1", "Left", 1)]
    // a preferred size runs at once, the largest that is met; also a smaller one, though more may come
    [InlineData(8, "4", "1,1,1", "Left", 0)]
    [InlineData(8, "4", "1,1,1,1", "Left", 4)]
    [InlineData(8, "4,8", "1,1,1,1", "Left", 4)]
    [InlineData(8, "4,8", "1,1,1,1,1", "Left", 4)]
    [InlineData(8, "4,8", "1,1,1,1,1", "None", 4)]
    [InlineData(8, "4,8", "2,2,2,2", "Left", 4)]
    [InlineData(8, "8,4", "2,2,2,2,2", "Left", 4)]
    [InlineData(8, "2,6", "1,1,1", "Left", 2)]
    [InlineData(8, "4", "1,1,1,1,1", "Left", 4)]
    // the delay is over: all that fit, not the preferred part
    [InlineData(8, "4", "1,1,1", "Over", 3)]
    [InlineData(8, "4,8", "1,1,1,1,1", "Over", 5)]
    [InlineData(8, "2,6", "1,1,1", "Over", 3)]
    [InlineData(8, "4", "1,1,1,1,1", "Over", 5)]
    [InlineData(8, "4", "4,4,4", "Over", 2)]
    // nothing is held back: a preferred size, else all
    [InlineData(8, "4", "1,1,1", "None", 3)]
    [InlineData(8, "4", "1,1,1,1,1", "None", 4)]
    // past the largest preferred size without meeting one: those before
    [InlineData(8, "6", "4,3", "Left", 1)]
    [InlineData(8, "6", "4,3", "None", 1)]
    [InlineData(8, "6", "4,3", "Over", 2)]
    [InlineData(8, "6", "4,5", "Left", 1)]
    [InlineData(8, "6", "7", "Left", 1)]
    [InlineData(8, "2,6", "2,5", "Left", 1)]
    // no batching
    [InlineData(0, "", "5,5", "None", 1)]
    public void Takes(int maxRows, string preferred, string rows, string delay, int expected) => Assert.Equal(expected, Take((maxRows, preferred), rows, others: false, delay));

    [Theory]
    [InlineData("4", "1,1,1", "Left", 3)]
    [InlineData("4", "1,1,1,1,1", "Left", 4)]
    [InlineData("4", "1,1,1,1,1", "Over", 5)]
    [InlineData("", "1", "Left", 1)]
    [InlineData("", "1", "None", 1)]
    public void With_another_shape_behind_them_none_waits_for_more(string preferred, string rows, string delay, int expected) => Assert.Equal(expected, Take((8, preferred), rows, others: true, delay));

    private static int Take((int MaxRows, string Preferred) policy, string rows, bool others, string delay) =>
        new BatchPolicy(policy.MaxRows, [.. Numbers(policy.Preferred)]).Take([.. Numbers(rows).Select(row => (long)row)], others, Enum.Parse<QueueDelay>(delay));

    private static IEnumerable<int> Numbers(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse);
}
