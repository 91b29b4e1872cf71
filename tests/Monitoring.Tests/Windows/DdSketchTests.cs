using MlAspire.Monitoring.Windows;

namespace MlAspire.Monitoring.Tests.Windows;

public sealed class DdSketchTests
{
    private static readonly double[] Quantiles = [0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

    public static TheoryData<string, double[]> Distributions => new()
    {
        { "uniform", Draw(random => 100 * random.NextDouble()) },
        { "exponential", Draw(random => -5 * Math.Log(1 - random.NextDouble())) },
        { "lognormal, heavy tail", Draw(random => Math.Exp(2 * Normal(random))) },
        { "Pareto", Draw(random => 1 / Math.Pow(1 - random.NextDouble(), 0.8)) },
        { "two humps", Draw(random => random.NextDouble() < 0.9 ? 1 + random.NextDouble() : 500 + random.NextDouble()) },
        { "one value", [.. Enumerable.Repeat(3.7, 1000)] },
        { "the ends", [DdSketch.Smallest, 1, DdSketch.Largest] },
    };

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Every_quantile_is_within_one_percent_of_the_exact_one(string name, double[] values)
    {
        var sketch = Of(values);
        Array.Sort(values);

        Assert.All(Quantiles, q =>
        {
            var exact = values[(int)(q * (values.Length - 1))];
            Assert.True(Math.Abs(sketch.Quantile(q)!.Value - exact) <= 0.01 * exact * (1 + 1e-9), $"{name}: quantile {q} is {sketch.Quantile(q)}, exact {exact}");
        });
    }

    [Fact]
    public void Merging_in_any_order_is_as_if_one_sketch_had_seen_everything()
    {
        double[][] parts = [Draw(random => random.NextDouble(), 100), Draw(random => 50 * random.NextDouble(), 31), []];
        var whole = Of([.. parts.SelectMany(part => part)]);

        foreach (var order in (int[][])[[0, 1, 2], [2, 1, 0], [1, 0, 2]])
        {
            var merged = new DdSketch();
            Array.ForEach(order, i => merged.Merge(Of(parts[i])));

            Assert.Equal(131, merged.Count);
            Assert.Equal(Quantiles.Select(whole.Quantile), Quantiles.Select(merged.Quantile));
        }
    }

    [Fact]
    public void Nothing_counted_has_no_quantile() => Assert.Null(new DdSketch().Quantile(0.5));

    [Theory]
    [InlineData(0, DdSketch.Smallest)]
    [InlineData(-5, DdSketch.Smallest)]
    [InlineData(1e12, DdSketch.Largest)]
    [InlineData(double.PositiveInfinity, DdSketch.Largest)]
    public void A_value_outside_the_range_counts_as_its_end(double value, double end)
    {
        var answer = Of([value]).Quantile(0.5)!.Value;

        Assert.InRange(answer, end * 0.99, end * 1.01);
    }

    [Fact]
    public void NaN_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new DdSketch().Add(double.NaN));

    private static DdSketch Of(double[] values)
    {
        var sketch = new DdSketch();
        Array.ForEach(values, sketch.Add);
        return sketch;
    }

    private static double[] Draw(Func<Random, double> draw, int count = 20_000)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(_ => Math.Clamp(draw(random), DdSketch.Smallest, DdSketch.Largest))];
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
