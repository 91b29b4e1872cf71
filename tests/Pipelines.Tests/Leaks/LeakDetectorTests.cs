using MlAspire.Pipelines.Leaks;
using MlAspire.Pipelines.Train;

namespace MlAspire.Pipelines.Tests.Leaks;

public sealed class LeakDetectorTests
{
    private static readonly DateTimeOffset Cutoff = new(2001, 1, 12, 20, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_honest_store_knows_nothing_of_the_future()
    {
        var leaks = Find("landing");

        Assert.All(leaks, leak => Assert.Equal(0, leak.Leaking));
        Assert.All(leaks, leak => Assert.InRange(leak.Rows, 3_000, 6_000));
        Assert.Equal(["origin_outcomes", "destination_outcomes", "route_outcomes", "network_outcomes", "origin_departures", "route_departures"], leaks.Select(leak => leak.View));
    }

    [Fact]
    public void Delays_that_are_known_at_departure_are_found_in_every_view_that_reads_them_and_in_no_other()
    {
        Assert.Equal(["origin_outcomes", "destination_outcomes", "route_outcomes", "network_outcomes"], Find("departure").Where(leak => leak.Leaking > 0).Select(leak => leak.View));
    }

    private static IReadOnlyList<Leak> Find(string knownAt) =>
        LeakDetector.Find(Sample.Fixture.Flights, LeaksJob.Feed(knownAt), (Sample.Registry, Sample.Registry.Service(FlightDelayPipeline.FeatureService)!), Cutoff);
}
