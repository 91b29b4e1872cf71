using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.Gateway.Routing;

namespace MlAspire.Gateway.Tests.Routing;

public sealed class StickyHashTests
{
    private static readonly double[] Places = [.. Enumerable.Range(0, 20_000).Select(i => StickyHash.PlaceOf("m/2", Request($"o{i % 200}", $"d{i / 200}"), id: null))];

    // 20,000 places: a share p is within 4 standard errors, 4·sqrt(p(1-p)/20,000) <= 0.0142, of p.
    [Theory]
    [InlineData(0.01)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void A_weight_is_the_share_of_entities_on_that_side(double weight) =>
        Assert.InRange(Places.Count(place => place < weight) / 20_000.0, weight - (4 * Math.Sqrt(weight * (1 - weight) / 20_000)), weight + (4 * Math.Sqrt(weight * (1 - weight) / 20_000)));

    [Fact]
    public void A_place_is_in_zero_to_one_and_never_moves()
    {
        Assert.All(Places, place => Assert.InRange(place, 0, Math.BitDecrement(1.0)));
        Assert.Equal(Places[17], StickyHash.PlaceOf("m/2", Request("o17", "d0"), "another id"));
    }

    [Fact]
    public void Another_salt_gives_independent_places()
    {
        var other = Enumerable.Range(0, 20_000).Select(i => StickyHash.PlaceOf("m/3", Request($"o{i % 200}", $"d{i / 200}"), id: null));

        Assert.InRange(Places.Zip(other).Count(pair => pair.First < 0.5 && pair.Second < 0.5) / 20_000.0, 0.25 - 0.0125, 0.25 + 0.0125);
    }

    [Fact]
    public void Entities_are_not_run_together() => Assert.NotEqual(StickyHash.PlaceOf("m", Request("ab", "c"), id: null), StickyHash.PlaceOf("m", Request("a", "bc"), id: null));

    private static PredictRequest Request(string origin, string destination) =>
        new() { Rows = 1, Entities = [[origin], [destination]], Numbers = [], Times = [], PredictionIds = null, Explain = false };
}
