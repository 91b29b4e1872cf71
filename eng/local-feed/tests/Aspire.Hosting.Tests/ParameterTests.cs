namespace MlAspire.LocalFeed.Aspire.Hosting.Tests;

public sealed class ParameterTests : IDisposable
{
    private readonly AppHostFolder folder = new();
    private readonly IDistributedApplicationBuilder b;

    public ParameterTests() => b = folder.CreateBuilder();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("Parameters:api-key")]
    [InlineData("Parameters:api_key")]
    public async Task A_value_comes_from_configuration_also_under_the_name_that_a_variable_can_have(string key)
    {
        b.Configuration[key] = "value";

        Assert.Equal("value", await b.AddParameter("api-key").Resource.GetValueAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_missing_value_names_its_key()
    {
        var error = await Assert.ThrowsAsync<MissingParameterValueException>(() => b.AddParameter("token", secret: true).Resource.GetValueAsync(TestContext.Current.CancellationToken).AsTask());

        Assert.Contains("'Parameters:token'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_is_never_published() => Assert.Throws<ArgumentException>(() => b.AddParameter("p", "v", publishValueAsDefault: true, secret: true));

    [Fact]
    public async Task A_generated_value_stays_the_same_for_the_run_and_configuration_wins_over_it()
    {
        var generated = b.AddParameter("a", new GenerateParameterDefault()).Resource;
        b.Configuration["Parameters:b"] = "mine";
        var configured = b.AddParameter("b", new GenerateParameterDefault()).Resource;

        Assert.Equal(await generated.GetValueAsync(TestContext.Current.CancellationToken), await generated.GetValueAsync(TestContext.Current.CancellationToken));
        Assert.Equal("mine", await configured.GetValueAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_generated_value_has_the_length_and_the_classes_that_are_asked_for()
    {
        var value = new GenerateParameterDefault { MinLength = 10, Upper = false, Special = false, MinNumeric = 8 }.GetDefaultValue();

        Assert.Equal(10, value.Length);
        Assert.True(value.Count(char.IsAsciiDigit) >= 8, value);
        Assert.All(value, c => Assert.True(char.IsAsciiDigit(c) || char.IsAsciiLetterLower(c), value));
    }

    [Fact]
    public void Minimums_beyond_the_length_make_the_value_longer() =>
        Assert.Equal(6, new GenerateParameterDefault { MinLength = 1, MinLower = 3, MinUpper = 3 }.GetDefaultValue().Length);

    [Fact]
    public void A_minimum_for_a_class_that_is_not_allowed_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => new GenerateParameterDefault { Lower = false, MinLower = 1 }.GetDefaultValue());
}
