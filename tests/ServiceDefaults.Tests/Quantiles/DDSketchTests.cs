using MlAspire.ServiceDefaults.Quantiles;

namespace MlAspire.ServiceDefaults.Tests.Quantiles;

public sealed class DDSketchTests
{
    private static readonly double[] Quantiles = [0, 0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1];

    /// <summary>Durations of services: heavy tails, two modes, and values that a histogram's buckets would hold in one.</summary>
    public static TheoryData<string, Func<Random, double>> Distributions => new()
    {
        { "exponential", random => 0.001 * -Math.Log(1 - random.NextDouble()) },
        { "Pareto", random => 0.0005 / Math.Pow(1 - random.NextDouble(), 1 / 1.2) },
        { "log-normal", random => Math.Exp(-7 + (1.5 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))) },
        { "two modes", random => random.Next(10) == 0 ? 0.5 + (random.NextDouble() * 0.001) : 0.0002 + (random.NextDouble() * 0.00001) },
        { "uniform within a bucket", random => 1 + (1.5 * random.NextDouble()) },
        { "constant", _ => 0.0123 },
    };

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Every_quantile_is_within_one_percent_of_the_value_at_its_rank(string distribution, Func<Random, double> draw)
    {
        var random = new Random(7);
        var sketch = new DDSketch(1e-6, 1e3);
        var values = new double[100_000];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Math.Clamp(draw(random), 1e-6, 1e3);
            sketch.Add(values[i]);
        }

        Array.Sort(values);
        var estimates = sketch.Quantiles(Quantiles);
        for (var i = 0; i < Quantiles.Length; i++)
        {
            var exact = values[(int)(Quantiles[i] * (values.Length - 1))];
            Assert.True(Math.Abs(estimates[i] - exact) <= exact * 0.01000001, $"{distribution}: quantile {Quantiles[i]} is {exact}, estimated {estimates[i]}");
        }
    }

    [Fact]
    public void Quantiles_of_a_known_distribution_are_those_of_its_formula()
    {
        // Of n values k/n, k = 1...n, the quantile q is (1 + ⌊q (n − 1)⌋) / n.
        var sketch = new DDSketch(1e-6, 1e3);
        for (var k = 1; k <= 1000; k++)
        {
            sketch.Add(k / 1000.0);
        }

        Assert.Equal(1000, sketch.Count);
        double[] expected = [0.5, 0.95, 0.99];
        Assert.All(sketch.Quantiles(expected).Zip(expected), pair => Assert.Equal(pair.Second, pair.First, pair.Second * DDSketch.RelativeAccuracy));
    }

    [Fact]
    public void Merged_sketches_answer_as_one_that_saw_everything()
    {
        var random = new Random(3);
        DDSketch all = new(1e-6, 1e3), one = new(1e-6, 1e3), other = new(1e-6, 1e3);
        for (var i = 0; i < 10_000; i++)
        {
            var value = random.NextDouble();
            all.Add(value);
            (i % 3 == 0 ? one : other).Add(value);
        }

        one.Add(other);

        Assert.Equal(all.Quantiles(Quantiles), one.Quantiles(Quantiles));
        Assert.Throws<ArgumentException>(() => one.Add(new DDSketch(1e-6, 1e2)));
    }

    [Fact]
    public void What_is_out_of_bounds_counts_at_the_bound_and_NaN_not_at_all()
    {
        var sketch = new DDSketch(0.001, 1);
        Assert.Equal([double.NaN], sketch.Quantiles(0.5));

        sketch.Add(double.NaN);
        Assert.Equal(0, sketch.Count);
        foreach (var value in new[] { 0, -1, 1e-9, double.NegativeInfinity })
        {
            sketch.Add(value);
        }

        Assert.InRange(sketch.Quantiles(1)[0], 0.00099, 0.00101);
        sketch.Add(double.PositiveInfinity);
        Assert.Equal(5, sketch.Count);
        Assert.InRange(sketch.Quantiles(1)[0], 0.99, 1.01);
    }

    [Fact]
    public void Values_added_by_many_threads_are_all_counted()
    {
        var sketch = new DDSketch(1e-6, 1e3);

        Parallel.For(0, 100_000, i => sketch.Add((i % 100) + 1));

        Assert.Equal(100_000, sketch.Count);
        Assert.InRange(sketch.Quantiles(0.5)[0], 49.5, 50.5);
    }
}
