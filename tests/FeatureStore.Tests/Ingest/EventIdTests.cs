using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Tests.Offline;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Ingest;

/// <summary>Rows are known by their event's id.</summary>
public sealed class EventIdTests : IDisposable
{
    private readonly LogFolder first = new();
    private readonly LogFolder second = new();

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task An_event_counts_once_whoever_sends_it_and_however_often(bool cluster, bool logged)
    {
        await using var store = await Rides.StartAsync(cluster, settings: logged ? [("Offline:Directory", first.Path)] : []);
        var rides = Rides.Random(new Random(1), 5, store.Time.GetUtcNow());
        await Rides.PushAsync(store.Client, Rides.Body(rides[..3])); // Feast's
        var counted = await Rides.CountedAsync(store);
        await Rides.PushAsync(store.Client, Rides.Body(rides[..3]));
        Assert.Equal("""{"accepted":0,"skipped":0,"repeated":3}""", await Rides.PushAsync(store.Client, Rides.Body(rides[..3], "meter", 10)));
        Assert.Equal("""{"accepted":0,"skipped":3}""", await Rides.PushAsync(store.Client, Rides.Body(rides[..3], "meter", 10)));
        Assert.Equal(counted, await Rides.CountedAsync(store));

        // Twice in one push, and half of it again.
        Assert.Equal("""{"accepted":2,"skipped":0,"repeated":2}""", await Rides.PushAsync(store.Client, Rides.Body([rides[0], rides[3], rides[3], rides[4]], "meter", 20)));
        Assert.Equal("""{"accepted":0,"skipped":2,"repeated":1}""", await Rides.PushAsync(store.Client, Rides.Body([rides[3], rides[4], rides[1]], "meter", 22)));
        await using var reference = await Rides.StartAsync();
        await Rides.PushAsync(reference.Client, Rides.Body(rides));
        Assert.Equal(await Rides.CountedAsync(reference), await Rides.CountedAsync(store));
        if (logged)
        {
            Assert.Equal(5, LogReader.Applied([first.Path]).Sum(frame => frame.Positions.Count()));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_event_is_known_by_its_id_and_the_hour_of_its_time_within_a_push_as_between_two(bool cluster)
    {
        await using var store = await Rides.StartAsync(cluster, settings: ("Offline:Directory", first.Path));
        var eleven = store.Time.GetUtcNow() is var now ? new DateTimeOffset(now.Ticks - now.Ticks % TimeSpan.TicksPerHour, TimeSpan.Zero).AddHours(-1) : default;
        Rides.Ride[] rides = [new("a", eleven.AddMinutes(-1), "here", 1, 1), new("a", eleven.AddMinutes(-2), "here", 1, 10), new("a", eleven.AddMinutes(1), "here", 1, 100)];
        Assert.Equal("""{"accepted":2,"skipped":0,"repeated":1}""", await Rides.PushAsync(store.Client, Rides.Body(rides, "meter")));
        Assert.Equal([2, 101, 100, 2, 100], Join(now, "here", 1));

        await using var apart = await Rides.StartAsync(cluster);
        foreach (var ride in rides)
        {
            await Rides.PushAsync(apart.Client, Rides.Body([ride]));
        }
        Assert.Equal(await Rides.CountedAsync(apart), await Rides.CountedAsync(store));
    }

    [Fact]
    public async Task A_frame_with_repetitions_here_and_there_is_read_once()
    {
        await using var store = await Rides.StartAsync(settings: ("Offline:Directory", first.Path));
        var rides = Rides.Random(new Random(4), 4, store.Time.GetUtcNow()).ConvertAll(ride => ride with { City = "here" });
        await Rides.PushAsync(store.Client, Rides.Body([rides[0], rides[1], rides[0], rides[2], rides[1], rides[3]]));
        var frame = Assert.Single(LogReader.Applied([first.Path]));
        Assert.Equal([0, 1, 3, 5], frame.Positions);
        Assert.Equal([4, rides.Sum(ride => ride.Minutes)], Join(store.Time.GetUtcNow(), "here", 1)[..2]);
    }

    [Fact]
    public async Task Rows_dated_at_the_end_of_time_that_were_logged_end_neither_the_applying_nor_the_join()
    {
        var now = first.Time.GetUtcNow();
        Log(Frame(new("a", DateTimeOffset.MaxValue, "here", 1, 1)), Frame(new("b", now.AddHours(-1), "here", 1, 10)));
        await using var store = await Rides.StartAsync(settings: ("Offline:Directory", first.Path));
        await Rides.PushAsync(store.Client, Rides.Body([new("c", store.Time.GetUtcNow().AddHours(-1), "here", 1, 100)]));
        await store.StopReplicasAsync();
        await using var restored = await Rides.StartAsync(settings: ("Offline:Directory", first.Path));
        Assert.Equal("""{"accepted":0,"skipped":0,"repeated":1}""", await Rides.PushAsync(restored.Client, Rides.Body([new("c", now.AddHours(-1), "here", 1, 100)], "meter")));
        Assert.Equal([2, 110, 100, 2], Join(now.AddHours(1), "here", 1)[..4]);
    }

    [Fact]
    public async Task Logged_rows_that_cannot_be_applied_are_named_and_those_behind_them_are_applied()
    {
        var now = first.Time.GetUtcNow();
        var wrong = Frame(new("a", now, "here", 1, 1));
        BitConverter.TryWriteBytes(wrong.AsSpan(wrong.AsSpan().IndexOf(BitConverter.GetBytes(now.UtcTicks)), sizeof(long)), long.MaxValue); // no event time
        Log(wrong, Frame(new("b", now.AddHours(-1), "here", 1, 10)));
        await using var store = await Rides.StartAsync(settings: ("Offline:Directory", first.Path));
        Assert.Equal("""{"accepted":0,"skipped":0,"repeated":1}""", await Rides.PushAsync(store.Client, Rides.Body([new("b", now.AddHours(-1), "here", 1, 10)], "meter")));
        Assert.Equal(["feature_log_unapplied"], store.Logs.Events.Select(e => e.Event).Where(name => name == "feature_log_unapplied"));

        // Nor does a push, were one checked so badly.
        var rows = Rides.Rows(now, new Rides.Ride("c", now.AddHours(-1), "here", 1, 100));
        await Assert.ThrowsAsync<IndexOutOfRangeException>(() => store.Services.GetRequiredService<OfflineStore>().Ingest!.PushAsync(rows with { EventIds = rows.EventIds! with { Ids = [] } }, CancellationToken.None));
        Assert.Equal("""{"accepted":1,"skipped":0}""", await Rides.PushAsync(store.Client, Rides.Body([new("d", now.AddHours(-1), "here", 1, 1_000)], "meter", 1)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Any_order_and_repetition_by_two_replicas_gives_the_same_bytes_and_the_same_join_also_out_of_the_logs_alone(bool cluster)
    {
        var random = new Random(2);
        await using var store = await Rides.StartAsync(cluster, settings: ("Offline:Directory", first.Path));
        HttpClient[] replicas = [store.Client, await Rides.AddReplicaAsync(store, settings: ("Offline:Directory", second.Path))];
        var rides = Rides.Random(random, 300, store.Time.GetUtcNow());
        var sent = rides.Concat(rides).Concat(rides).OrderBy(_ => random.Next()).Chunk(37).ToList();
        var offset = 0;
        await Parallel.ForEachAsync(sent, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (push, _) =>
        {
            var end = Interlocked.Add(ref offset, push.Length);
            await Rides.PushAsync(replicas[end % 2], end % 3 == 0 ? Rides.Body(push) : Rides.Body(push, $"meter-{end % 2}", end - push.Length));
        });

        await using var reference = await Rides.StartAsync();
        await Rides.PushAsync(reference.Client, Rides.Body(rides));
        Assert.Equal(await Rides.CountedAsync(reference), await Rides.CountedAsync(store));
        Assert.Equal(300, LogReader.Applied([second.Path, first.Path]).Sum(frame => frame.Positions.Count()));
        var now = store.Time.GetUtcNow();
        var joined = Join(now, "city 3", 7);
        Assert.Equal([rides.Count(ride => ride.City == "city 3"), rides.Where(ride => ride.City == "city 3").Sum(ride => ride.Minutes), rides.Where(ride => ride.City == "city 3").Max(ride => ride.Minutes),
            rides.Count(ride => ride.Driver == 7), rides.Where(ride => ride.Driver == 7).MaxBy(ride => ride.Time)!.Minutes], joined);
        await store.StopReplicasAsync();

        await using var restored = await Rides.StartAsync(settings: ("Offline:Directory", second.Path));
        await Rides.AddReplicaAsync(restored, settings: ("Offline:Directory", first.Path));
        Assert.Equal(await Rides.CountedAsync(reference), await Rides.CountedAsync(restored));
    }

    [Fact]
    public async Task A_push_of_Feast_that_was_logged_and_answered_503_counts_once_when_it_is_sent_again()
    {
        await using var store = await Rides.StartAsync(settings: ("Offline:Directory", first.Path));
        var rides = Rides.Random(new Random(3), 4, store.Time.GetUtcNow());
        await Rides.PushAsync(store.Client, Rides.Body(rides[..2]));
        await store.Redis.KillAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await store.Client.PostAsJsonAsync("/push", Rides.Body(rides[2..]))).StatusCode);
        await store.Redis.RestartAsync();
        await Eventually.TrueAsync("pushes to be taken again", async () =>
        {
            store.Time.Advance(TimeSpan.FromSeconds(2));
            return (await store.Client.PostAsJsonAsync("/push", Rides.Body(rides[2..]))).IsSuccessStatusCode;
        });

        await using var reference = await Rides.StartAsync();
        await Rides.PushAsync(reference.Client, Rides.Body(rides));
        Assert.Equal(await Rides.CountedAsync(reference), await Rides.CountedAsync(store));
        Assert.InRange(LogReader.Frames(first.Path).Count(), 3, int.MaxValue); // it is in the log twice
        Assert.Equal(4, LogReader.Applied([first.Path]).Sum(frame => frame.Positions.Count()));
    }

    private void Log(params byte[][] frames)
    {
        using var log = first.Open();
        log.Append([.. frames.Select(frame => (frame, 1))]);
    }

    private byte[] Frame(Rides.Ride ride) => LogFrame.Encode(Rides.Rows(first.Time.GetUtcNow(), ride));

    private double[] Join(DateTimeOffset moment, string city, long driver) => Rides.Join(moment, city, driver, File.Exists(Path.Combine(second.Path, "log.id")) ? [first.Path, second.Path] : [first.Path]);
}
