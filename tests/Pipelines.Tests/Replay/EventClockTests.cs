using MlAspire.Pipelines.Replay;

namespace MlAspire.Pipelines.Tests.Replay;

public sealed class EventClockTests
{
    private static readonly DateTimeOffset Start = new(2001, 2, 24, 12, 0, 0, TimeSpan.Zero);

    private readonly ManualTimeProvider time = new();

    [Fact]
    public async Task A_minute_of_event_time_takes_a_tenth_of_a_second_at_600()
    {
        var clock = new EventClock(time, Start, speed: 600);

        var reached = clock.ReachAsync(Start.AddMinutes(1), CancellationToken.None);
        time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(reached.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));

        await reached.WithinAsync("the minute to be reached");
    }

    [Fact]
    public async Task Waits_add_up_to_the_speed_whatever_happens_between_them()
    {
        var clock = new EventClock(time, Start, speed: 60);
        var began = time.GetUtcNow();
        for (var minute = 1; minute <= 5; minute++)
        {
            var reached = clock.ReachAsync(Start.AddMinutes(minute), CancellationToken.None);
            while (!reached.IsCompleted)
            {
                time.Advance(TimeSpan.FromMilliseconds(10));
            }
            await reached;
            time.Advance(TimeSpan.FromMilliseconds(300)); // the work of the minute
        }

        // The last minute is reached after 5 s; its work comes on top.
        Assert.Equal(TimeSpan.FromSeconds(5.3), time.GetUtcNow() - began);
    }

    [Fact]
    public void A_moment_that_is_past_is_reached_at_once()
    {
        var clock = new EventClock(time, Start, speed: 1);
        time.Advance(TimeSpan.FromMilliseconds(900));

        Assert.True(clock.ReachAsync(Start, CancellationToken.None).IsCompleted);
        Assert.Equal(0, time.ArmedTimers);
    }

    // Held up for 60 s at speed 60, the replay is an hour of event time behind; it goes on at its speed instead of running after it.
    [Fact]
    public async Task After_an_outage_event_time_goes_on_at_its_speed()
    {
        var clock = new EventClock(time, Start, speed: 60);
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.True(clock.ReachAsync(Start.AddMinutes(1), CancellationToken.None).IsCompleted);

        var next = clock.ReachAsync(Start.AddMinutes(2), CancellationToken.None);
        time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(next.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));

        await next.WithinAsync("the next minute to be reached");
    }

    [Fact]
    public async Task Waiting_ends_when_it_is_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var reached = new EventClock(time, Start, speed: 1).ReachAsync(Start.AddHours(1), stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reached);
    }
}
