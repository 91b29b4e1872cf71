using MlAspire.Monitoring.Windows;

namespace MlAspire.Monitoring.Tests.Windows;

public sealed class TimeWindowsTests
{
    private static readonly DateTimeOffset Noon = new(2001, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TimeWindows<List<string>> windows = new(TimeSpan.FromMinutes(1), 3);

    [Fact]
    public void A_window_is_half_open_and_aligned_to_UTC()
    {
        Add("12:00:00", At(0, 0), At(0, 59));
        Add("12:00:59.999", At(0, 59.999), At(0, 59.999));
        Add("12:01:00", At(1, 0), At(1, 0));

        Assert.Equal([(At(-1, 0), ""), (At(0, 0), "12:00:00 12:00:59.999"), (At(1, 0), "12:01:00")], Latest(At(1, 59)));
    }

    [Fact]
    public void An_offset_does_not_move_a_time_to_another_window()
    {
        Add("x", At(0, 30).ToOffset(TimeSpan.FromMinutes(-330)), At(0, 30));

        Assert.Equal((At(0, 0), "x"), Latest(At(0, 30))[2]);
    }

    [Fact]
    public void What_is_older_than_all_windows_is_forgotten_and_its_place_is_used_again()
    {
        Add("old", At(0, 0), At(0, 0));

        Assert.NotNull(windows.At(At(0, 0), At(2, 59)));
        Assert.Null(windows.At(At(0, 59), At(3, 0)));
        Add("new", At(3, 0), At(3, 0));
        Assert.Equal([(At(1, 0), ""), (At(2, 0), ""), (At(3, 0), "new")], Latest(At(3, 0)));
    }

    [Fact]
    public void A_window_that_was_skipped_is_not_the_one_that_had_its_place_before()
    {
        Add("old", At(0, 0), At(0, 0));

        Assert.Equal([(At(3, 0), ""), (At(4, 0), ""), (At(5, 0), "")], Latest(At(5, 0)));
    }

    [Fact]
    public void Late_events_go_to_their_own_window()
    {
        Add("second", At(1, 0), At(1, 0));
        Add("late first", At(0, 0), At(1, 30));

        Assert.Equal([(At(-1, 0), ""), (At(0, 0), "late first"), (At(1, 0), "second")], Latest(At(1, 30)));
    }

    [Fact]
    public void A_time_in_the_future_counts_as_now()
    {
        Add("early", At(30, 0), At(0, 0));

        Assert.Equal((At(0, 0), "early"), Latest(At(0, 0))[2]);
    }

    private static DateTimeOffset At(int minute, double second) => Noon.AddMinutes(minute).AddSeconds(second);

    private void Add(string what, DateTimeOffset time, DateTimeOffset now) => windows.At(time, now)!.Add(what);

    private (DateTimeOffset, string)[] Latest(DateTimeOffset now) => [.. windows.Latest(now).Select(window => (window.Start, string.Join(' ', window.Value ?? [])))];
}
