using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using MlAspire.FeatureStore.Tests.Rows;

namespace MlAspire.FeatureStore.Tests.Access;

public sealed class AccessTests
{
    private const string Key = "a key of at least thirty-two characters";

    /// <summary><c>printf %s "$key" | sha256sum</c></summary>
    private const string Sha256 = "1e41621f68314d1bd09e061c553ec1848dc0d007ede4ba1a2c45c96c8c2df7cf";

    public static readonly TheoryData<string, string> Writes = new()
    {
        { "/push", """{"push_source_name":"nobody","df":{}}""" },
        { "/write-to-online-store", """{"feature_view_name":"nobody","df":{}}""" },
        { "/materialize", "{}" },
        { "/materialize-incremental", "{}" },
    };

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task A_write_needs_a_known_key_before_anything_else(string path, string body)
    {
        await using var store = await Drivers.StartAsync(null, ("Access:Keys:replay:Sha256", Sha256));
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync(store, path, body)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync(store, path, "not even JSON")).StatusCode);
        var refused = await PostAsync(store, path, body, ("x-api-key", Key + "r"));
        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (refused.StatusCode, refused.Headers.WwwAuthenticate.ToString()));
        Assert.Equal("unauthenticated", (string)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["code"]!);
        Assert.NotEqual(HttpStatusCode.Unauthorized, (await PostAsync(store, path, body, ("x-api-key", Key))).StatusCode);
        Assert.NotEqual(HttpStatusCode.Unauthorized, (await PostAsync(store, path, body, ("authorization", $"Bearer {Key}"))).StatusCode);
        Assert.DoesNotContain(store.Logs.Events, line => line.Message.Contains(Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_reads_needs_none()
    {
        await using var store = await Drivers.StartAsync(null, ("Access:Keys:replay:Secret", Key));
        Assert.Equal(7, (await Drivers.ReadAsync(store)).Count);
        Assert.Empty(store.Logs.Named("writes_open"));
    }

    [Fact]
    public async Task Without_keys_anyone_may_write_and_the_log_says_so()
    {
        await using var store = await Drivers.StartAsync();
        (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow()))).EnsureSuccessStatusCode();
        Assert.Equal(LogLevel.Warning, Assert.Single(store.Logs.Named("writes_open")).Level);
    }

    [Theory]
    [InlineData("Access:Keys:replay:Sha256", "abc", "Access:Keys:replay:Sha256: must be 64 hexadecimal digits.")]
    [InlineData("Access:Keys:replay:Secret", "short", "Access:Keys:replay: Secret must have 32 to 256 characters.")]
    public async Task A_wrong_key_is_named_at_the_start(string setting, string value, string expected)
    {
        var error = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => Drivers.StartAsync(null, (setting, value)));
        Assert.Equal(expected, error.Message);
    }

    private static Task<HttpResponseMessage> PostAsync(Store store, string path, string body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }
        return store.Client.SendAsync(request);
    }
}
