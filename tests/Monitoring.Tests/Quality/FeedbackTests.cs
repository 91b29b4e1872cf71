using System.Net;
using MlAspire.Monitoring.Tests.Hosting;

namespace MlAspire.Monitoring.Tests.Quality;

public sealed class FeedbackTests(FeedbackTests.Fixture fixture) : IClassFixture<FeedbackTests.Fixture>
{
    [Theory]
    [InlineData("{}", "labels")]
    [InlineData("{\"labels\":null}", "labels")]
    [InlineData("{\"labels\":[null]}", "labels[0]")]
    [InlineData("{\"labels\":[{\"prediction_id\":\"a\"}]}", "labels[0].positive")]
    [InlineData("{\"labels\":[{\"prediction_id\":\"a\",\"positive\":true},{\"prediction_id\":\"\",\"positive\":true}]}", "labels[1].prediction_id")]
    [InlineData("{\"labels\":[{\"prediction_id\":\"a\",\"positive\":\"yes\"}]}", "labels[0].positive")]
    [InlineData("{\"labels\":[{\"prediction_id\":\"a\",\"positive\":true,\"when\":1}]}", "labels[0].when")]
    [InlineData("{\"labels\":[", "labels")]
    public async Task A_wrong_label_is_refused_and_named(string json, string field)
    {
        var (response, body) = await fixture.Monitoring.PostFeedbackAsync(json);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith(field, (string)body["errors"]![0]!["field"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_many_labels_as_allowed_are_taken_and_one_more_is_refused()
    {
        var labels = Enumerable.Range(0, 10_000).Select(i => ($"p{i}", true)).ToArray();

        Assert.Equal("""{"accepted":10000}""", (await fixture.Monitoring.FeedbackAsync(labels)).ToJsonString());
        await Assert.ThrowsAsync<HttpRequestException>(() => fixture.Monitoring.FeedbackAsync([.. labels, ("one more", true)]));
    }

    [Fact]
    public async Task No_labels_are_no_error() => Assert.Equal("""{"accepted":0}""", (await fixture.Monitoring.FeedbackAsync()).ToJsonString());

    public sealed class Fixture : IAsyncLifetime
    {
        internal RunningMonitoring Monitoring { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Monitoring = await RunningMonitoring.StartAsync();

        public async ValueTask DisposeAsync() => await Monitoring.DisposeAsync();
    }
}
