using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Fuzz;

/// <summary>Broken requests to every route, each a seeded change of a good one: none brings the store down, makes it fail, or harms the rows of others.</summary>
public sealed class FuzzTests
{
    private const int Workers = 4;

    /// <summary>How many changed requests.</summary>
    private const string CountVariable = "FEATURES_FUZZ_MUTATIONS";
    private const int DefaultCount = 100_000;

    private readonly ConcurrentDictionary<HttpStatusCode, int> statuses = new();

    [Fact]
    public async Task Changed_requests_are_refused_or_answered_and_good_ones_between_them_stay_right()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : DefaultCount;
        await using var store = await Drivers.StartAsync();
        var fuzz = new RestFuzz(store.Client);
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = Workers, CancellationToken = TestContext.Current.CancellationToken }, async (number, token) =>
        {
            var (status, wrong) = await fuzz.SendAsync(new Mutator(new Random(number), RestFuzz.Words), token);
            statuses.AddOrUpdate(status, 1, (_, seen) => seen + 1);
            Assert.True(wrong is null, $"mutation {number}: {wrong}");
            if (number % 100 == 0)
            {
                await GoodAsync(store, 1_000_000 + number);
            }
        });
        TestContext.Current.TestOutputHelper!.WriteLine($"{count} changed requests: {string.Join(", ", statuses.OrderByDescending(pair => pair.Value).Select(pair => $"{(int)pair.Key} {pair.Value}"))}");
    }

    private static async Task GoodAsync(Store store, int driver)
    {
        var now = store.Time.GetUtcNow();
        (await store.PostAsync("/push", Drivers.Push(now, driver, trips: "42"))).EnsureSuccessStatusCode();
        Assert.Equal(
            ["hour_shifts_1h: 1 PRESENT 0", "driver_state: \"free\" PRESENT 0", "driver_rating: 4.5 PRESENT 0", "driver_tags: [\"a\",\"b\"] PRESENT 0", "driver_trips: 42 PRESENT 0", "driver_since: 993945600 PRESENT 0", "hour_mean_trips_1h: 42 PRESENT 0"],
            await Drivers.ReadAsync(store, now, driver));
    }
}
