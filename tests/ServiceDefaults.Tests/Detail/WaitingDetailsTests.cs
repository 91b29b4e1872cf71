using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Detail;

public sealed class WaitingDetailsTests : IDisposable
{
    private readonly ManualTimeProvider time = new(DateTimeOffset.UnixEpoch);
    private readonly WaitingDetails waiting;

    public WaitingDetailsTests() => waiting = new WaitingDetails(Options.Create(new DetailOptions { MaxWaiting = 2, MaxWait = TimeSpan.FromSeconds(10) }), time);

    public void Dispose() => waiting.Dispose();

    [Fact]
    public void Every_request_of_a_trace_that_is_told_is_told_and_one_that_ends_later_too()
    {
        var (first, second, late) = (new RequestDetail(8), new RequestDetail(8), new RequestDetail(8));
        waiting.Add("a", first);
        waiting.Add("a", second);

        waiting.Keep("a");
        waiting.Add("a", late);

        Assert.All((RequestDetail[])[first, second, late], request => Assert.Equal("caller", request.Reason));
    }

    [Fact]
    public void Of_more_requests_than_may_wait_the_oldest_are_forgotten_though_they_are_of_one_trace()
    {
        var (oldest, newer, newest) = (new RequestDetail(8), new RequestDetail(8), new RequestDetail(8));
        waiting.Add("a", oldest);
        waiting.Add("a", newer);
        waiting.Add("a", newest);

        waiting.Keep("a");

        Assert.Null(oldest.Reason);
        Assert.Equal(("caller", "caller"), (newer.Reason, newest.Reason));
    }

    [Fact]
    public void The_verdict_on_a_request_that_ran_into_the_longest_time_out_is_waited_for_by_default()
    {
        using var byDefault = new WaitingDetails(Options.Create(new DetailOptions()), time);
        var detail = new RequestDetail(8);
        byDefault.Add("a", detail);

        time.Advance(TimeSpan.FromMinutes(1) + DetailOptions.VerdictTime - TimeSpan.FromTicks(1));
        byDefault.Keep("a");

        Assert.Equal("caller", detail.Reason);
    }

    [Fact]
    public void What_was_told_no_longer_takes_room()
    {
        var waits = new RequestDetail(8);
        waiting.Add("b", waits);
        for (var i = 0; i < 10; i++)
        {
            waiting.Add($"told {i}", new RequestDetail(8));
            waiting.Keep($"told {i}");
        }

        waiting.Keep("b");

        Assert.Equal("caller", waits.Reason);
    }

    [Fact]
    public void A_verdict_that_does_not_come_is_not_waited_for()
    {
        var detail = new RequestDetail(8);
        waiting.Add("a", detail);

        time.Advance(TimeSpan.FromSeconds(10));
        waiting.Keep("a");

        Assert.Null(detail.Reason);
    }
}
