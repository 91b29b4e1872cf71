using MlAspire.FeatureStore.Registry;
using MlAspire.Pipelines.Flights;
using MlAspire.Pipelines.Train;

namespace MlAspire.Pipelines.Leaks;

/// <summary>Whether any feature knows what had not happened yet. It needs to know nothing of how features are made: it changes the future and looks whether the past moves.</summary>
internal static class LeakDetector
{
    /// <summary>For each feature view, how many of its values at departures of the 24 hours before <paramref name="cutoff"/> differ once everything after the cutoff is another: asked at the departure, and again a day after the cutoff, when the store has what came after.</summary>
    /// <remarks>Changed are the delays of all flights that had not landed by the cutoff, and the routes of all that had not departed. Exact: one value that moves is a leak, and an honest store has none.</remarks>
    /// <param name="flights">What really happened, and when.</param>
    /// <param name="feed">What the store is told of flights, and when: the thing under test.</param>
    public static IReadOnlyList<Leak> Find(IReadOnlyList<Flight> flights, Func<IReadOnlyList<Flight>, FlightEvents> feed, (FeatureRegistry Registry, FeatureService Service) features, DateTimeOffset cutoff)
    {
        var truth = feed(flights);
        var (before, after) = (Replay(truth), Replay(feed([.. flights.Select(flight => Changed(flight, cutoff))])));
        var names = features.Service.FeatureNames.Count();
        var (x, y, differing, first) = (new double[names], new double[names], new int[names], 0);
        var asked = truth.Departures[truth.FirstOffset(FlightEventKind.Departure, cutoff.AddDays(-1))..truth.FirstOffset(FlightEventKind.Departure, cutoff.AddTicks(1))].ToArray();
        foreach (var departure in asked)
        {
            Compare(departure, departure.Instant, isOver: false);
        }
        foreach (var departure in asked)
        {
            Compare(departure, cutoff.AddDays(1).UtcTicks, isOver: true);
        }

        var parts = features.Service.Views.Select(view => (view.View.Name, Count: differing.AsSpan(first, view.Features.Count).ToArray().Sum(), Next: first += view.Features.Count)).ToList();
        return [.. parts.GroupBy(part => part.Name).Select(view => new Leak(view.Key, asked.Length, view.Sum(part => part.Count)))];

        void Compare(FlightEvent departure, long at, bool isOver)
        {
            before.AdvanceTo(at);
            after.AdvanceTo(at);
            before.Read(flights[departure.Flight], x, isOver);
            after.Read(flights[departure.Flight], y, isOver);
            for (var f = 0; f < names; f++)
            {
                differing[f] += x[f].Equals(y[f]) ? 0 : 1;
            }
        }

        FeatureReplay Replay(FlightEvents events) => new(features.Registry, features.Service, events);
    }

    private static Flight Changed(Flight flight, DateTimeOffset cutoff)
    {
        var changed = flight.Landing >= cutoff ? flight with { DelayMinutes = flight.Late ? -30 : 180 } : flight;
        return flight.Departure >= cutoff ? changed with { Origin = flight.Destination, Destination = flight.Origin } : changed;
    }
}

/// <param name="View">The feature view.</param>
/// <param name="Rows">Departures looked at.</param>
/// <param name="Leaking">Values that knew the future, of those at the departures and those asked for later; 0 = honest.</param>
internal sealed record Leak(string View, int Rows, int Leaking);
