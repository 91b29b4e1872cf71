using System.Text;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Tests.Rows;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Tests.Feast;

/// <summary>Rows in Feast's layout: of driver 1001 of the project taxi.</summary>
public sealed class FeastOnlineStoreTests
{
    private static readonly byte[] Key = [.. Convert.FromHexString("0100000002000000090000006472697665725f69640400000008000000e903000000000000"), .. "taxi"u8];

    [Fact]
    public async Task A_row_that_was_pushed_is_where_Feast_looks_for_it_and_is_read_back_with_the_tiles()
    {
        await using var store = await StartAsync();
        var now = store.Time.GetUtcNow(); // 2001-04-01T12:00:00Z: 986,126,400
        (await store.PostAsync("/push", Drivers.Push(now, rating: "0.25", trips: "300"))).EnsureSuccessStatusCode();
        await using var redis = await store.ConnectAsync();
        var hash = (await redis.GetDatabase().HashGetAllAsync(Key)).ToDictionary(field => Convert.ToHexStringLower((byte[])field.Name!), field => Convert.ToHexStringLower((byte[])field.Value!));
        Assert.Equal(6, hash.Count);
        Assert.Equal("08c0b09cd603", hash[Convert.ToHexStringLower(Encoding.UTF8.GetBytes("_ts:driver_stats"))]);
        Assert.Contains("350000803e", hash.Values); // FLOAT 0.25
        Assert.Contains("18ac02", hash.Values); // INT32 300
        Assert.InRange((await redis.GetDatabase().KeyTimeToLiveAsync(Key))!.Value, TimeSpan.FromHours(23), TimeSpan.FromDays(1));
        Assert.Equal(
            ["hour_shifts_1h: 1 PRESENT 0", "driver_state: \"free\" PRESENT 60", "driver_rating: 0.25 PRESENT 60", "driver_tags: [\"a\",\"b\"] PRESENT 60", "driver_trips: 300 PRESENT 60", "driver_since: 993945600 PRESENT 60", "hour_mean_trips_1h: 100 PRESENT 0"],
            (await Drivers.ReadAsync(store, now.AddMinutes(1))).Select(line => line.Replace("driver_since: \"2001-07-01T00:00:00Z\"", "driver_since: 993945600", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_row_that_Feast_wrote_is_read_and_one_of_another_type_is_not()
    {
        await using var store = await StartAsync();
        await using var redis = await store.ConnectAsync();
        var rating = BitConverter.GetBytes(MlAspire.FeatureStore.Feast.Murmur3.Hash("driver_stats:rating"u8));
        Task WriteAsync(string value) => redis.GetDatabase().HashSetAsync(Key, [new HashEntry(rating, Convert.FromHexString(value)), new HashEntry("_ts:driver_stats", Convert.FromHexString("08c0b09cd603"))]);
        await WriteAsync("350000803e");
        Assert.Equal(["driver_rating: 0.25 PRESENT 0", "driver_trips: null NULL 0"], (await Drivers.ReadAsync(store, store.Time.GetUtcNow())).Where(line => line.StartsWith("driver_rating", StringComparison.Ordinal) || line.StartsWith("driver_trips", StringComparison.Ordinal)));
        await WriteAsync("20ac02"); // an INT64
        Assert.Contains("driver_rating: null NOT_FOUND null", await Drivers.ReadAsync(store, store.Time.GetUtcNow()));
    }

    [Theory]
    [InlineData(null, null)] // for ever, as Feast keeps it without key_ttl_seconds
    [InlineData(3_600, 86_400)]
    [InlineData(172_800, 172_800)]
    public async Task A_hash_of_Feast_lives_as_long_as_Feast_or_the_view_says_whichever_is_longer(int? seconds, int? expected)
    {
        await using var store = await StartAsync();
        await using var redis = await store.ConnectAsync();
        await redis.GetDatabase().HashSetAsync(Key, "_ts:another_view", Convert.FromHexString("08c0b09cd603"));
        if (seconds is { } left)
        {
            await redis.GetDatabase().KeyExpireAsync(Key, TimeSpan.FromSeconds(left));
        }
        (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow()))).EnsureSuccessStatusCode();
        var lives = await redis.GetDatabase().KeyTimeToLiveAsync(Key);
        if (expected is { } most)
        {
            Assert.InRange(lives!.Value, TimeSpan.FromSeconds(most - 600), TimeSpan.FromSeconds(most));
        }
        else
        {
            Assert.Null(lives);
        }
    }

    [Fact]
    public async Task A_late_row_never_replaces_a_newer_one_whatever_the_order()
    {
        await using var store = await StartAsync();
        var (random, start) = (new Random(3), store.Time.GetUtcNow());
        // Fractions of a second decide, too.
        int[] order = [.. Enumerable.Range(0, 40)];
        random.Shuffle(order);
        foreach (var i in order)
        {
            (await store.PostAsync("/push", Drivers.Push(start.AddMilliseconds(i * 100), trips: $"{i}"))).EnsureSuccessStatusCode();
        }
        Assert.Contains("driver_trips: 39 PRESENT 0", await Drivers.ReadAsync(store, start.AddSeconds(4)));
        Assert.Contains("hour_shifts_1h: 40 PRESENT 0", await Drivers.ReadAsync(store, start.AddSeconds(4)));
    }

    [Fact]
    public async Task A_key_prefix_which_Feast_does_not_know_is_refused() =>
        Assert.Contains("KeyPrefix", (await Assert.ThrowsAsync<OptionsValidationException>(() => Drivers.StartAsync(null, ("Redis:Layout", "Feast"), ("Redis:KeyPrefix", "acme")))).Message, StringComparison.Ordinal);

    private static Task<Store> StartAsync() => Drivers.StartAsync(null, ("Redis:Layout", "Feast"));
}
