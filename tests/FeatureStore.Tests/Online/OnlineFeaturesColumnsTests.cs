using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.ServiceDefaults.Columns;

namespace MlAspire.FeatureStore.Tests.Online;

public sealed class OnlineFeaturesColumnsTests
{
    private const string Header = """{"feature_service":"driver_activity"}""";

    [Fact]
    public async Task Asked_and_answered_in_columns_it_says_what_JSON_says()
    {
        await using var store = await Drivers.StartAsync();
        var now = store.Time.GetUtcNow();
        (await store.PostAsync("/push", Drivers.Push(now.AddMinutes(-7).AddMilliseconds(-500), rating: "null"))).EnsureSuccessStatusCode();
        using var response = await PostAsync(store, Header, Drivers1001And1002, new TimeColumn("event_times", [now, now.ToOffset(TimeSpan.FromHours(-5))]));

        Assert.Equal((HttpStatusCode.OK, Column.ContentType), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        var (rows, header, columns) = ColumnsReader.Read(await response.Content.ReadAsByteArrayAsync(), 2);
        Assert.Equal((2, """{"feature_service":"driver_activity","version":1}"""), (rows, Encoding.UTF8.GetString(header)));
        Assert.Equal(
            [
                "statuses.hour_shifts_1h: 0 4", "ages_microseconds.hour_shifts_1h: 300000000 -1", "values.hour_shifts_1h: 1 NaN",
                "statuses.driver_state: 0 4", "ages_microseconds.driver_state: 420500000 -1", "values.driver_state: free ",
                "statuses.driver_rating: 3 4", "values.driver_rating: 0 0",
                "statuses.driver_tags: 0 4", """values.driver_tags: ["a","b"] """, "values.driver_trips: 7 0", "values.driver_since: 993945600 0",
                "statuses.hour_mean_trips_1h: 0 4", "ages_microseconds.hour_mean_trips_1h: 300000000 -1", "values.hour_mean_trips_1h: 7 NaN",
            ],
            columns.Select(column => $"{column.Name}: {string.Join(' ', ValuesOf(column))}"));
    }

    [Fact]
    public async Task Either_form_can_be_had_without_the_other()
    {
        await using var store = await Drivers.StartAsync();
        using var json = await PostAsync(store, Header, "application/json", [Drivers1001And1002]);
        Assert.Equal("NOT_FOUND", (string)(await json.Content.ReadFromJsonAsync<JsonObject>())!["features"]![0]!["statuses"]![1]!);
        using var asked = new HttpRequestMessage(HttpMethod.Post, "/v1/features/online") { Content = JsonContent.Create(JsonNode.Parse("""{"feature_service":"driver_activity","entities":{"driver_id":[5]}}""")) };
        asked.Headers.Accept.ParseAdd(Column.ContentType);
        using var bytes = await store.Client.SendAsync(asked);
        Assert.Equal(1, ColumnsReader.Read(await bytes.Content.ReadAsByteArrayAsync(), 1).Rows);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.OK, "\"version\":2")]
    [InlineData(1, HttpStatusCode.OK, "\"version\":1")]
    [InlineData(2, HttpStatusCode.OK, "\"version\":2")]
    [InlineData(3, HttpStatusCode.NotFound, "\"field\":\"version\"")]
    public async Task An_older_version_of_the_service_is_answered_to_who_asks_for_it(int? version, HttpStatusCode status, string expected)
    {
        await using var store = await Drivers.StartAsync(registry => registry.Replace("\"featureServices\": [", """
            "featureServices": [ { "name": "driver_activity", "version": 2, "features": [ { "view": "driver_trips", "entity": { "driver_id": "driver_id" }, "features": ["shifts_1h"], "prefix": "hour" } ] },
            """, StringComparison.Ordinal));
        var header = new JsonObject { ["feature_service"] = "driver_activity" };
        if (version is { } asked)
        {
            header["version"] = asked;
        }
        using var columns = await PostAsync(store, header.ToJsonString(), "application/json", [Drivers1001And1002]);
        header["entities"] = new JsonObject { ["driver_id"] = new JsonArray(1001, 1002) };
        using var json = await store.PostAsync("/v1/features/online", header.ToJsonString());

        Assert.Equal((status, status), (columns.StatusCode, json.StatusCode));
        var body = await json.Content.ReadAsStringAsync();
        Assert.Contains(expected, body, StringComparison.Ordinal);
        if (status == HttpStatusCode.OK)
        {
            Assert.Equal(body, await columns.Content.ReadAsStringAsync());
            Assert.Equal(version == 1 ? 7 : 1, JsonNode.Parse(body)!["features"]!.AsArray().Count);
        }
    }

    [Theory]
    [InlineData("", "entities.driver_id", "body")]
    [InlineData("{}", "entities.driver_id", "feature_service")]
    [InlineData(Header, "drivers", "drivers")]
    [InlineData(Header, "entities.car", "entities.car")]
    [InlineData(Header, "event_times", "event_times[0]")]
    public async Task A_wrong_request_is_refused_with_its_field(string header, string column, string field)
    {
        await using var store = await Drivers.StartAsync();
        using var response = await PostAsync(store, header, Drivers1001And1002 with { Name = column }, new WholeNumberColumn(column == "entities.driver_id" ? "event_times" : "entities.driver_id", [1, 2]));
        Assert.Equal((HttpStatusCode.BadRequest, field), (response.StatusCode, await FieldAsync(response)));
    }

    [Fact]
    public async Task A_join_key_of_the_wrong_type_is_named_with_its_row()
    {
        await using var store = await Drivers.StartAsync();
        using var texts = await PostAsync(store, Header, new TextColumn("entities.driver_id", ["1001"]));
        Assert.Equal((HttpStatusCode.BadRequest, "entities.driver_id[0]"), (texts.StatusCode, await FieldAsync(texts)));
        using var numbers = await PostAsync(store, Header, new NumberColumn("entities.driver_id", [1001]));
        Assert.Equal((HttpStatusCode.BadRequest, "entities.driver_id"), (numbers.StatusCode, await FieldAsync(numbers)));
    }

    [Fact]
    public async Task At_most_1_000_rows_and_a_megabyte_are_read()
    {
        await using var store = await Drivers.StartAsync();
        using var most = await PostAsync(store, Header, new WholeNumberColumn("entities.driver_id", new long[1_000]));
        using var more = await PostAsync(store, Header, new WholeNumberColumn("entities.driver_id", new long[1_001]));
        using var large = await PostAsync(store, Header, new TextColumn("entities.driver_id", [new string('x', 1024 * 1024)]));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge], [most.StatusCode, more.StatusCode, large.StatusCode]);
    }

    [Fact]
    public async Task Whatever_its_bytes_become_a_request_is_answered_or_refused()
    {
        await using var store = await Drivers.StartAsync();
        var whole = ColumnsWriter.Write(Encoding.UTF8.GetBytes(Header), 2, [Drivers1001And1002, new TimeColumn("event_times", [store.Time.GetUtcNow(), store.Time.GetUtcNow()])]);
        var random = new Random(7);
        var statuses = new HashSet<HttpStatusCode>();
        for (var i = 0; i < 400; i++)
        {
            var changed = whole[..(i % 4 == 0 ? random.Next(whole.Length) : whole.Length)];
            for (var change = random.Next(3); change >= 0 && changed.Length > 0; change--)
            {
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            }
            using var response = await PostAsync(store, changed, Column.ContentType);
            statuses.Add(response.StatusCode);
        }
        Assert.Empty(statuses.Except([HttpStatusCode.OK, HttpStatusCode.BadRequest, HttpStatusCode.NotFound]));
    }

    private static WholeNumberColumn Drivers1001And1002 => new("entities.driver_id", [1001, 1002]);

    private static IEnumerable<object?> ValuesOf(Column column) => column switch
    {
        NumberColumn values => values.Values.Cast<object?>(),
        FloatColumn values => values.Values.Cast<object?>(),
        WholeNumberColumn values => values.Values.Cast<object?>(),
        ByteColumn values => values.Values.Cast<object?>(),
        _ => ((TextColumn)column).Values,
    };

    private static Task<HttpResponseMessage> PostAsync(Store store, string header, params Column[] columns) => PostAsync(store, header, Column.ContentType, columns);

    private static Task<HttpResponseMessage> PostAsync(Store store, string header, string accept, Column[] columns) =>
        PostAsync(store, ColumnsWriter.Write(Encoding.UTF8.GetBytes(header), ValuesOf(columns[0]).Count(), columns), accept);

    private static async Task<HttpResponseMessage> PostAsync(Store store, byte[] body, string accept)
    {
        using var asked = new HttpRequestMessage(HttpMethod.Post, "/v1/features/online") { Content = new ByteArrayContent(body) };
        asked.Content.Headers.ContentType = new MediaTypeHeaderValue(Column.ContentType);
        asked.Headers.Accept.ParseAdd(accept);
        asked.Headers.ExpectContinue = body.Length > 1024 * 1024; // else the answer may come, and the connection end, while the body is sent
        return await store.Client.SendAsync(asked);
    }

    private static async Task<string> FieldAsync(HttpResponseMessage response) => (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["errors"]![0]!["field"]!;
}
