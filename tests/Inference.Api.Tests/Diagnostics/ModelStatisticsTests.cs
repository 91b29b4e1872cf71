using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Diagnostics;

public sealed class ModelStatisticsTests
{
    [Fact]
    public void The_time_of_a_cache_miss_is_its_request_s_too_as_in_Triton()
    {
        var statistics = new ModelStatistics(new ManualTimeProvider());

        statistics.CacheHit(elapsed: TimeSpan.FromMicroseconds(5), lookup: TimeSpan.FromMicroseconds(2));
        statistics.CacheMiss(TimeSpan.FromMicroseconds(3));

        var numbers = statistics.Snapshot();
        Assert.Equal(
            (new StatisticDuration(1, 8000), new StatisticDuration(1, 2000), new StatisticDuration(1, 3000)), // a miss is a request that has been counted already
            (numbers.Success, numbers.CacheHit, numbers.CacheMiss));
    }
}
