using System.Globalization;
using MlAspire.Gateway.Pipeline.Definition;

namespace MlAspire.Gateway.Tests.Pipeline;

public sealed class ModelInputsTests
{
    private static readonly ModelInputs Inputs = new(FlightPipeline.FlightDelay);

    [Fact]
    public void Names_say_the_order_of_a_rows_parts()
    {
        Assert.Equal(["origin", "destination"], Inputs.Entities);
        Assert.Equal(["distance_miles"], Inputs.Numbers);
        Assert.Equal(["departure"], Inputs.Times);
        Assert.Equal(["origin_mean_delay_1h", "route_backlog_1d"], Inputs.Features);
        Assert.Equal(7, Inputs.Columns);
    }

    [Fact]
    public void A_row_is_assembled_in_the_columns_order() =>
        Assert.Equal([485f, 4f, 1946f, 0f, 2f, 12.5f, 3f], Row("2001-03-01T08:05:59-05:00", "ATL", "LAX", [12.5, 3]));

    [Fact]
    public void A_missing_feature_is_its_default_or_NaN() =>
        Assert.Equal([485f, 4f, 1946f, 2f, 0f, float.NaN, -1.5f], Row("2001-03-01T08:05:00-05:00", "LAX", "ATL", [double.NaN, double.NaN]));

    [Theory]
    [InlineData("2001-02-26T00:00:00-05:00", 0, 1)]   // Monday
    [InlineData("2001-03-04T23:59:00-05:00", 1439, 7)] // Sunday
    [InlineData("2001-03-04T23:59:00+09:30", 1439, 7)] // the same clock elsewhere: Sunday there, whatever UTC says
    public void Minute_and_weekday_are_read_off_the_time_as_given(string departure, float minute, float weekday) =>
        Assert.Equal([minute, weekday], Row(departure, "ATL", "LAX", [0, 0])[..2]);

    [Fact]
    public void An_entity_outside_the_vocabulary_is_not_known_and_not_filled_in()
    {
        Assert.True(Inputs.Knows(0, "ATL"));
        Assert.False(Inputs.Knows(0, "atl"));
        var e = Assert.Throws<ArgumentException>(() => Row("2001-03-01T08:05:00-05:00", "ATL", "XXX", [0, 0]));
        Assert.Contains("'XXX' is not in the vocabulary of entity 'destination'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_of_another_length_are_refused() =>
        Assert.Throws<ArgumentException>(() => Row("2001-03-01T08:05:00-05:00", "ATL", "LAX", [0]));

    [Fact]
    public void A_row_costs_no_memory()
    {
        var target = new float[Inputs.Columns];
        string[] entities = ["ATL", "LAX"];
        double[] numbers = [1946], features = [1, 2];
        DateTimeOffset[] times = [new(2001, 3, 1, 8, 5, 0, TimeSpan.FromHours(-5))];
        Fill(1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Fill(10_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Fill(int rows)
        {
            for (var i = 0; i < rows; i++)
            {
                Inputs.Fill(new() { Entities = entities, Numbers = numbers, Times = times, Features = features }, target);
            }
        }
    }

    private static float[] Row(string departure, string origin, string destination, double[] features)
    {
        var target = new float[Inputs.Columns];
        Inputs.Fill(
            new()
            {
                Entities = [origin, destination],
                Numbers = [1946],
                Times = [DateTimeOffset.Parse(departure, CultureInfo.InvariantCulture)],
                Features = features,
            },
            target);
        return target;
    }
}
