using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Subjects;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Subjects;

public sealed class PseudonymTests
{
    private const string Key = "0123456789abcdef0123456789abcdef";

    private readonly ManualTimeProvider time = new(new DateTimeOffset(2001, 3, 1, 12, 0, 0, TimeSpan.Zero)); // in the 379th 30 days of Unix time

    // printf 379:user:4711 | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef | cut -c1-32
    [Theory]
    [InlineData("user", "f12071446be6392beaaa5b858cee12b5")]
    [InlineData("session", "cad22a02c2c7a7ad385d8b95533f0027")]
    public void A_pseudonym_is_the_keyed_hash_of_period_kind_and_id(string kind, string expected)
    {
        Assert.Equal(expected, Of(Key).Of(kind, "4711"));
        Assert.Equal(expected, Of(Key).Of(kind, "4711"));
        Assert.NotEqual(expected, Of(Key.Replace('0', '1')).Of(kind, "4711"));
        Assert.NotEqual(expected, Of(Key).Of(kind, "4712"));
    }

    [Fact]
    public void It_rotates_at_the_end_of_its_period()
    {
        var pseudonyms = Of(Key);
        time.Advance(new DateTimeOffset(2001, 3, 19, 0, 0, 0, TimeSpan.Zero) - time.GetUtcNow() - TimeSpan.FromSeconds(1));
        Assert.Equal("f12071446be6392beaaa5b858cee12b5", pseudonyms.Of("user", "4711"));

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("155903ceae35b3684da4846907290611", pseudonyms.Of("user", "4711"));
    }

    [Fact]
    public void Without_a_key_each_process_has_its_own()
    {
        var pseudonyms = Of("");
        Assert.Equal(pseudonyms.Of("user", "4711"), pseudonyms.Of("user", "4711"));
        Assert.NotEqual(pseudonyms.Of("user", "4711"), Of("").Of("user", "4711"));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void An_id_of_1_to_256_characters_has_one(int length, bool has)
    {
        Assert.Equal(has, Of(Key).Of("user", new string('x', length)) is not null);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(31, false)]
    [InlineData(32, true)]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public async Task A_key_that_is_too_short_or_too_long_stops_the_start(int length, bool starts)
    {
        var start = Record.ExceptionAsync(async () =>
        {
            await using var service = await TestService.StartAsync(arguments: $"--Pseudonyms:Key={new string('k', length)}");
        });

        Assert.Equal(starts, await start is null);
    }

    private Pseudonyms Of(string key) => new(Options.Create(new PseudonymOptions { Key = key }), time);
}
