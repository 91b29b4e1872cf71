using MlAspire.FeatureStore.Statistics;

namespace MlAspire.FeatureStore.Tests.Statistics;

public sealed class RowSampleTests
{
    [Theory]
    [InlineData(1, 5, "0")]
    [InlineData(16, 3, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15")]
    [InlineData(17, 0, "0 2 4 6 8 10 12 14 16")]
    [InlineData(17, 1, "1 3 5 7 9 11 13 15")]
    [InlineData(100, 8, "1 8 15 22 29 36 43 50 57 64 71 78 85 92 99")]
    [InlineData(100, -1, "3 10 17 24 31 38 45 52 59 66 73 80 87 94")] // 4,294,967,295 is 613,566,756 * 7 + 3
    public void Of_many_rows_sixteen_at_the_most_are_looked_at_evenly_spread(int rows, int request, string looked) => Assert.Equal(looked, string.Join(' ', Rows(rows, request)));

    [Fact]
    public void One_request_after_the_other_looks_at_every_row_equally_often()
    {
        var looked = Enumerable.Range(0, 63 * 2).SelectMany(request => Rows(1_000, request)).CountBy(row => row).ToDictionary();

        Assert.Equal((1_000, 2, 2), (looked.Count, looked.Values.Min(), looked.Values.Max()));
    }

    private static IEnumerable<int> Rows(int rows, int request)
    {
        var sample = RowSample.Of(rows, request);
        for (var row = sample.First; row < rows; row += sample.Step)
        {
            yield return row;
        }
    }
}
