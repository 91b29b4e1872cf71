using MlAspire.Monitoring.Statistics;

namespace MlAspire.Monitoring.Tests.Statistics;

public sealed class BenjaminiHochbergTests
{
    // The example of the paper (section 3.2), whose first four are believed at 5 %; each q by hand: the least of p·15/j from its rank on.
    [Fact]
    public void The_papers_example_gives_the_papers_four()
    {
        double[] p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000];

        var q = BenjaminiHochberg.Q(p);

        double[] expected =
        [
            0.0001 * 15, 0.0004 * 15 / 2, 0.0019 * 15 / 3, 0.0095 * 15 / 4, 0.0201 * 15 / 5, 0.0298 * 15 / 7, 0.0298 * 15 / 7, 0.0344 * 15 / 8, 0.0459 * 15 / 9, 0.3240 * 15 / 10, 0.4262 * 15 / 11, 0.5719 * 15 / 12,
            0.6528 * 15 / 13, 0.7590 * 15 / 14, 1,
        ];
        Assert.Equal(expected, q, (one, other) => Math.Abs(one - other) < 1e-15);
        Assert.Equal(4, q.Count(each => each <= 0.05));
    }

    // 0.03·3/1 = 0.09, but 0.04·3/2 = 0.06 is less; 1·3/3 = 1.
    [Fact]
    public void Each_has_its_own_whatever_their_order() => Assert.Equal([1, 0.06, 0.06], BenjaminiHochberg.Q([1, 0.03, 0.04]), (one, other) => Math.Abs(one - other) < 1e-15);

    [Fact]
    public void One_test_is_as_it_is_and_none_is_none()
    {
        Assert.Equal([0.3], BenjaminiHochberg.Q([0.3]));
        Assert.Empty(BenjaminiHochberg.Q([]));
    }
}
