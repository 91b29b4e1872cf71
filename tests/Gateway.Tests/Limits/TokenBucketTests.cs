using MlAspire.Gateway.Limits;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Limits;

public sealed class TokenBucketTests
{
    private readonly ManualTimeProvider time = new();

    [Fact]
    public void A_burst_is_let_through_and_then_one_token_at_a_time()
    {
        var bucket = new TokenBucket(tokensPerSecond: 4, capacity: 3, time);

        Assert.Equal([null, null, null, TimeSpan.FromSeconds(0.25)], Take(bucket, 4));
        time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(0.05, bucket.Take()!.Value.TotalSeconds, 6);
        time.Advance(TimeSpan.FromSeconds(0.05));
        Assert.Equal([null, TimeSpan.FromSeconds(0.25)], Take(bucket, 2));
    }

    [Fact]
    public void A_long_rest_gives_no_more_than_one_burst()
    {
        var bucket = new TokenBucket(4, 3, time);
        Take(bucket, 3);
        time.Advance(TimeSpan.FromHours(1));

        Assert.Equal([null, null, null, TimeSpan.FromSeconds(0.25)], Take(bucket, 4));
    }

    [Fact]
    public void A_refused_request_costs_nothing()
    {
        var bucket = new TokenBucket(1, 1, time);
        Take(bucket, 100);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(bucket.Take());
    }

    private static TimeSpan?[] Take(TokenBucket bucket, int times) => [.. Enumerable.Range(0, times).Select(_ => bucket.Take())];
}
