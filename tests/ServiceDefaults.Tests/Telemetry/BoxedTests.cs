using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Tests.Telemetry;

public sealed class BoxedTests
{
    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(int.MaxValue)]
    public void A_number_keeps_its_value_and_its_type(int number)
    {
        Assert.Equal((object)number, Boxed.Of(number));
        Assert.Equal((object)(long)number, Boxed.Of((long)number));
    }

    [Fact]
    public void A_small_number_and_a_truth_value_are_made_once()
    {
        Assert.Same(Boxed.Of(1023), Boxed.Of(1023));
        Assert.Same(Boxed.Of(1023L), Boxed.Of(1023L));
        Assert.Same(Boxed.Of(true), Boxed.Of(true));
        Assert.Equal((true, false), (Boxed.Of(true), Boxed.Of(false)));
    }
}
