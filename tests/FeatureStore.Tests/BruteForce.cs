namespace MlAspire.FeatureStore.Tests;

/// <summary>The features of flight_delay counted from the list of events, by calendar arithmetic, sharing nothing with the code under test.</summary>
/// <param name="online">Asked of the online store when all events up to there were pushed: a tile that its source has left does not count at moments in it. Null = the tile of the moment always counts.</param>
internal sealed class BruteForce(IReadOnlyList<Flights.Event> events, DateTimeOffset? online = null)
{
    public sealed record Answer(double? Value, bool Found);

    private sealed record Span(DateTime Start, DateTime End)
    {
        public bool Holds(Flights.Event e) => e.Time.UtcDateTime >= Start && e.Time.UtcDateTime < End;
    }

    /// <summary>The 12 features by name.</summary>
    public Dictionary<string, Answer> At(DateTimeOffset t, string origin, string destination)
    {
        var from = events.Where(e => e.Source == "landings" && e.Origin == origin).ToList();
        var to = events.Where(e => e.Source == "landings" && e.Destination == destination).ToList();
        var inbound = events.Where(e => e.Source == "landings" && e.Destination == origin).ToList();
        var route = from.Where(e => e.Destination == destination).ToList();
        var network = events.Where(e => e.Source == "landings").ToList();
        var departures = events.Where(e => e.Source == "departures" && e.Origin == origin).ToList();
        var routeDepartures = departures.Where(e => e.Destination == destination).ToList();
        return new Dictionary<string, Answer>
        {
            ["origin_mean_delay_1h"] = Mean(from, Window("landings", t, 5, 1)),
            ["origin_late_share_3h"] = LateShare(from, Window("landings", t, 5, 3)),
            ["destination_mean_delay_1h"] = Mean(to, Window("landings", t, 5, 1)),
            ["destination_late_share_3h"] = LateShare(to, Window("landings", t, 5, 3)),
            ["inbound_mean_delay_1h"] = Mean(inbound, Window("landings", t, 5, 1)),
            ["route_mean_delay_24h"] = Mean(route, Window("landings", t, 60, 24)),
            ["route_late_share_7d"] = LateShare(route, Window("landings", t, 60, 7 * 24)),
            ["network_mean_delay_3h"] = Mean(network, Window("landings", t, 5, 3)),
            ["origin_departures_1h"] = Count(departures, Window("departures", t, 5, 1)),
            ["origin_backlog_7d"] = Backlog(departures, t, 7),
            ["route_backlog_1d"] = Backlog(routeDepartures, t, 1),
            ["route_backlog_7d"] = Backlog(routeDepartures, t, 7),
        };
    }

    private static Answer Mean(List<Flights.Event> of, Span window)
    {
        var delays = of.Where(window.Holds).Select(e => e.Delay < -30 ? -30 : e.Delay > 180 ? 180 : e.Delay).ToList();
        return new Answer(delays.Count == 0 ? null : delays.Average(), Found(of, window));
    }

    private static Answer LateShare(List<Flights.Event> of, Span window)
    {
        var inside = of.Where(window.Holds).ToList();
        return new Answer(inside.Count == 0 ? null : (double)inside.Count(e => e.Delay > 15) / inside.Count, Found(of, window));
    }

    private static Answer Count(List<Flights.Event> of, Span window) => Found(of, window) ? new Answer(of.Count(window.Holds), true) : new Answer(null, false);

    private Answer Backlog(List<Flights.Event> of, DateTimeOffset t, int days)
    {
        var localStart = t.DateTime.TimeOfDay < TimeSpan.FromHours(3) ? t.DateTime.Date.AddDays(-1).AddHours(3) : t.DateTime.Date.AddHours(3);
        var start = localStart - t.Offset;
        var today = new Span(start, HeadEnd("departures", t, 5));
        var earlier = new Span(start.AddDays(-days), TileStart(t.UtcDateTime.AddDays(-days).AddMinutes(-10), 5).AddMinutes(5));
        var found = Found(of, today) || Found(of, earlier);
        return new Answer(found ? of.Count(today.Holds) - of.Count(earlier.Holds) : null, found);
    }

    private Span Window(string source, DateTimeOffset t, int tileMinutes, int hours) => new(TileStart(t.UtcDateTime, tileMinutes).AddHours(-hours), HeadEnd(source, t, tileMinutes));

    private DateTime HeadEnd(string source, DateTimeOffset t, int tileMinutes)
    {
        var start = TileStart(t.UtcDateTime, tileMinutes);
        return events.Any(e => e.Source == source && e.Time <= online && e.Time.UtcDateTime >= start.AddMinutes(tileMinutes)) ? start : start.AddMinutes(tileMinutes);
    }

    private static DateTime TileStart(DateTime utc, int minutes) => utc.Date.AddMinutes(Math.Floor((utc - utc.Date).TotalMinutes / minutes) * minutes);

    /// <summary>Is there an event on any UTC day that the span touches, in or outside of it?</summary>
    private static bool Found(List<Flights.Event> of, Span span)
    {
        for (var day = span.Start.Date; day < span.End && span.Start < span.End; day = day.AddDays(1))
        {
            if (of.Any(e => e.Time.UtcDateTime.Date == day))
            {
                return true;
            }
        }
        return false;
    }
}
