using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Tests.Rows;

namespace MlAspire.FeatureStore.Tests.Online;

public sealed class KeyPrefixTests
{
    [Fact]
    public async Task Stores_with_other_prefixes_share_a_Redis_and_see_nothing_of_each_other()
    {
        await using var store = await Drivers.StartAsync(null, ("Redis:KeyPrefix", "acme:"));
        var other = await Drivers.AddReplicaAsync(store, null, ("Redis:KeyPrefix", "other."));
        (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow()).Replace("\"df\"", "\"on_error\":\"quarantine\",\"df\"", StringComparison.Ordinal))).EnsureSuccessStatusCode();
        (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow(), rating: "7").Replace("\"df\"", "\"on_error\":\"quarantine\",\"df\"", StringComparison.Ordinal))).EnsureSuccessStatusCode();
        Assert.Contains("hour_shifts_1h: 1 PRESENT 0", await Drivers.ReadAsync(store));
        var answer = await (await other.PostAsync("/v1/features/online", new StringContent("""{"feature_service":"driver_activity","entities":{"driver_id":[1001]}}""", System.Text.Encoding.UTF8, "application/json"))).Content.ReadAsStringAsync();
        Assert.DoesNotContain("PRESENT", answer, StringComparison.Ordinal);
        Assert.Equal("""{"count":0,"rows":[]}""", await other.GetStringAsync("/v1/quarantine"));
        await using var redis = await store.ConnectAsync();
        var keys = redis.GetServers()[0].Keys().Select(key => $"{key}"[..8]).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["acme:fo:", "acme:fq:", "acme:fr:", "acme:ft:"], keys);
    }

    [Theory]
    [InlineData("a*")]
    [InlineData("two words")]
    public async Task A_prefix_that_is_a_pattern_or_has_spaces_is_refused(string prefix) =>
        Assert.Contains("KeyPrefix", (await Assert.ThrowsAsync<OptionsValidationException>(() => Drivers.StartAsync(null, ("Redis:KeyPrefix", prefix)))).Message, StringComparison.Ordinal);
}
