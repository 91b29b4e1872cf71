using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace MlAspire.FeatureStore.Tests.Ingest;

public sealed class PushRefusalTests(PushRefusalTests.OneStore one) : IClassFixture<PushRefusalTests.OneStore>
{
    private const string Good = """{"push_source_name":"landings","df":{"event_time":["2001-03-01T13:00:00Z","2001-03-01T13:00:00Z"],"origin":["ATL","ATL"],"destination":["LAX","LAX"],"delay_minutes":[12,13]},"to":"online","producer":"p","offset":0}""";

    [Theory]
    [InlineData("push_source_name", "\"radar\"", 404, "push_source_name")]
    [InlineData("push_source_name", "null", 400, "push_source_name")]
    [InlineData("push_source_name", "7", 400, "push_source_name")]
    [InlineData("to", "\"offline\"", 400, "to")]
    [InlineData("df", "null", 400, "df")]
    [InlineData("df", "[]", 400, "df")]
    [InlineData("df.origin", null, 400, "df.origin")]
    [InlineData("df.origin", "\"ATL\"", 400, "df.origin")]
    [InlineData("df.origin", "[\"ATL\"]", 400, "df.origin")]
    [InlineData("df.origin", "[\"ATL\",\"ATL\",\"ATL\"]", 400, "df.origin")]
    [InlineData("df.origin", "[]", 400, "df.origin")]
    [InlineData("df.origin", "[\"ATL\",5]", 400, "df.origin[1]")]
    [InlineData("df.origin", "[\"\",\"ATL\"]", 400, "df.origin[0]")]
    [InlineData("df.origin", "[null,\"ATL\"]", 400, "df.origin[0]")]
    [InlineData("df.origin", "[\"ATL\",\"\\uD800\"]", 400, "df.origin[1]")]
    [InlineData("df.gate", "[\"A\",\"B\"]", 400, "df.gate")]
    [InlineData("df.delay_minutes", "[12,\"13\"]", 400, "df.delay_minutes[1]")]
    [InlineData("df.delay_minutes", "[12,13.5]", 400, "df.delay_minutes[1]")]
    [InlineData("df.delay_minutes", "[12,2147483648]", 400, "df.delay_minutes[1]")]
    [InlineData("df.delay_minutes", "[null,13]", 400, "df.delay_minutes[0]")]
    [InlineData("df.event_time", "[\"2001-03-01T13:00:00\",\"2001-03-01T13:00:00Z\"]", 400, "df.event_time[0]")]
    [InlineData("df.event_time", "[\"2001-03-01\",\"2001-03-01T13:00:00Z\"]", 400, "df.event_time[0]")]
    [InlineData("df.event_time", "[\"2001-03-01T25:00:00Z\",\"2001-03-01T13:00:00Z\"]", 400, "df.event_time[0]")]
    [InlineData("df.event_time", "[\"0001-01-01T00:00:00Z\",\"2001-03-01T13:00:00Z\"]", 400, "df.event_time[0]")]
    [InlineData("df.event_time", "[\"2001-03-01T13:00:00Z\",\"9999-12-31T23:59:59Z\"]", 400, "df.event_time[1]")]
    [InlineData("df.event_time", "[983451600,\"2001-03-01T13:00:00Z\"]", 400, "df.event_time[0]")]
    [InlineData("df.event_time", """["\ud800\ud800","2001-03-01T13:00:00Z"]""", 400, "df.event_time[0]")]
    [InlineData("df.event_time", null, 400, "df.event_time")]
    [InlineData("producer", null, 400, "producer")]
    [InlineData("producer", "\"a b\"", 400, "producer")]
    [InlineData("producer", "\"\"", 400, "producer")]
    [InlineData("producer", "\"log.1f0a9c3b52d7\"", 400, "producer")] // so a log is named, whose rows Redis counts by it
    [InlineData("producer", "\"log.\"", 400, "producer")]
    [InlineData("offset", null, 400, "offset")]
    [InlineData("offset", "-1", 400, "offset")]
    [InlineData("offset", "9007199254740992", 400, "offset")]
    [InlineData("offset", "1.5", 400, "offset")]
    public async Task A_wrong_push_is_refused_with_its_field_and_applies_nothing(string property, string? value, int status, string field)
    {
        var body = Good;
        var (parent, name) = property.StartsWith("df.", StringComparison.Ordinal) ? ("df", property[3..]) : ("", property);
        var root = JsonNode.Parse(body)!.AsObject();
        var target = parent.Length == 0 ? root : root[parent]!.AsObject();
        target.Remove(name);
        var text = root.ToJsonString();
        if (value is not null)
        {
            // Written as text: some of the values are not what a JSON writer would produce.
            target[name] = "@@";
            text = root.ToJsonString().Replace("\"@@\"", value, StringComparison.Ordinal);
        }
        var response = await one.Store.PostAsync("/push", text);
        var problem = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal((status, status == 404 ? "not_found" : "invalid_argument", field), ((int)response.StatusCode, (string)problem["code"]!, (string)problem["errors"]![0]!["field"]!));
        Assert.Empty(await one.Store.DumpAsync());
    }

    [Fact]
    public async Task Every_problem_is_named_at_once()
    {
        var response = await one.Store.PostAsync("/push",
            """{"push_source_name":"landings","producer":"p","offset":0,"df":{"event_time":["x","2001-03-01T13:00:00Z"],"origin":["ATL",1],"destination":["LAX",""],"delay_minutes":[true,13]}}""");
        var problem = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal(["df.event_time[0]", "df.origin[1]", "df.destination[1]", "df.delay_minutes[0]"], problem["errors"]!.AsArray().Select(e => (string)e!["field"]!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"push_source_name":"landings","push_source_name":"departures"}""")]
    public async Task What_is_not_a_push_is_refused(string body)
    {
        var response = await one.Store.PostAsync("/push", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("invalid_argument", (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["code"]!);
    }

    [Fact]
    public async Task At_most_10_000_rows_are_taken_at_once()
    {
        await using var store = await Store.StartAsync();
        var landing = new Flights.Event("landings", store.Time.GetUtcNow(), "ATL", "LAX", 180);
        Assert.Equal((10_000, 0), await store.PushAsync([.. Enumerable.Repeat(landing, 10_000)], "radar"));
        var row = Assert.Single(await store.ReadAsync(("ATL", "LAX", null)));
        Assert.Equal((180, 1), (row["network_mean_delay_3h"].Value, row["route_late_share_7d"].Value));

        var response = await store.Client.PostAsJsonAsync("/push", Store.Body([.. Enumerable.Repeat(landing, 10_001)], "radar", 10_000));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("df.event_time", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("""{"producer":"radar","next_offset":10000}""", await store.Client.GetStringAsync("/v1/producers/radar"));
    }

    [Fact]
    public async Task A_body_over_64_MiB_is_refused()
    {
        // With "Expect: 100-continue" the client waits for the answer before it sends what the server will not read.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/push") { Headers = { ExpectContinue = true } };
        request.Content = new ByteArrayContent(new byte[(64 << 20) + 1]);
        var response = await one.Store.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    public sealed class OneStore : IAsyncLifetime
    {
        internal Store Store { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Store = await Store.StartAsync();

        public ValueTask DisposeAsync() => Store.DisposeAsync();
    }
}
