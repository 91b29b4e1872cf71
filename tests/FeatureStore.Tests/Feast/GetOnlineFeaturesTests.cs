using System.Net;
using System.Text;
using System.Text.Json;

namespace MlAspire.FeatureStore.Tests.Feast;

public sealed class GetOnlineFeaturesTests
{
    [Fact]
    public async Task Features_are_answered_by_column_with_join_keys_first()
    {
        await using var store = await Filled();
        Assert.Equal(
            (HttpStatusCode.OK,
             """{"results":[""" +
             """{"values":["ATL","ORD","NIL"],"statuses":["PRESENT","PRESENT","PRESENT"],"event_timestamps":["1970-01-01T00:00:00Z","1970-01-01T00:00:00Z","1970-01-01T00:00:00Z"]},""" +
             """{"values":[12.5,null,null],"statuses":["PRESENT","NULL_VALUE","NOT_FOUND"],"event_timestamps":["2001-04-01T11:55:00Z","1970-01-01T00:00:00Z","1970-01-01T00:00:00Z"]},""" +
             """{"values":[0.5,1,null],"statuses":["PRESENT","PRESENT","NOT_FOUND"],"event_timestamps":["2001-04-01T11:55:00Z","2001-04-01T10:05:00Z","1970-01-01T00:00:00Z"]}],""" +
             "\"metadata\":{\"feature_names\":[\"airport\",\"mean_delay_1h\",\"late_share_3h\"]}}"),
            await Post(store, """{"entities":{"gate":["A","B","C"],"airport":["ATL","ORD","NIL"]},"features":["origin_outcomes:mean_delay_1h","origin_outcomes:late_share_3h"]}"""));
    }

    [Fact]
    public async Task Features_are_grouped_by_view_and_may_carry_its_name()
    {
        await using var store = await Filled();
        var (status, body) = await Post(store,
            """{"entities":{"destination":["LAX"],"origin":["ATL"]},"features":["route_outcomes:late_share_7d","network_outcomes:mean_delay_3h","route_outcomes:mean_delay_24h"],"full_feature_names":true,"feature_service":null}""");
        Assert.Equal(HttpStatusCode.OK, status);
        using var json = JsonDocument.Parse(body);
        Assert.Equal(["destination", "origin", "route_outcomes__late_share_7d", "route_outcomes__mean_delay_24h", "network_outcomes__mean_delay_3h"], Names(json));
        Assert.Equal(["LAX", "ATL", "0.5", "12.5", "28.333333333333332"], Enumerable.Range(0, 5).Select(i => json.RootElement.GetProperty("results")[i].GetProperty("values")[0].ToString()));
    }

    [Theory]
    [InlineData("origin_outcomes@latest:mean_delay_1h")]
    [InlineData("origin_outcomes@:mean_delay_1h")]
    public async Task The_latest_version_of_a_view_is_the_view(string reference)
    {
        await using var store = await Filled();
        const string Asked = """{"entities":{"airport":["ATL"]},"features":["REFERENCE"],"full_feature_names":true}""";
        Assert.Equal(
            await Post(store, Asked.Replace("REFERENCE", "origin_outcomes:mean_delay_1h", StringComparison.Ordinal)),
            await Post(store, Asked.Replace("REFERENCE", reference, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_feature_service_names_its_columns_by_its_prefixes()
    {
        await using var store = await Filled();
        var (_, body) = await Post(store, """{"entities":{"origin":["ATL"],"destination":["LAX"]},"features":["ignored:ignored"],"feature_service":"flight_delay","full_feature_names":true}""");
        using var json = JsonDocument.Parse(body);
        string[] expected = ["origin", "destination", .. Flights.Registry.Service("flight_delay")!.Views.SelectMany(v => v.Features, (v, f) => $"{v.Prefix}__{f.Name}")];
        Assert.Equal(expected, Names(json));
        Assert.All(json.RootElement.GetProperty("results").EnumerateArray(), column => Assert.Equal((1, 1, 1), (column.GetProperty("values").GetArrayLength(), column.GetProperty("statuses").GetArrayLength(), column.GetProperty("event_timestamps").GetArrayLength())));
    }

    [Theory]
    [InlineData("""{"entities":{"airport":["ATL"]},"features":["none:mean_delay_1h"]}""", 404, "FeatureViewNotFoundException")]
    [InlineData("""{"entities":{"airport":["ATL"]},"feature_service":"none"}""", 404, "FeatureServiceNotFoundException")]
    [InlineData("""{"entities":{"airport":["ATL"]},"features":["origin_outcomes:mean_delay_1h","destination_outcomes:mean_delay_1h"]}""", 500, "FeatureNameCollisionError")]
    [InlineData("""{"entities":{"origin":["ATL"],"destination":["LAX"]},"feature_service":"flight_delay"}""", 500, "FeatureNameCollisionError")]
    public async Task Errors_of_Feast_are_json_in_a_json_string(string body, int status, string pythonClass)
    {
        await using var store = await Store.StartAsync();
        var (answered, text) = await Post(store, body);
        Assert.Equal(status, (int)answered);
        using var inner = JsonDocument.Parse(JsonSerializer.Deserialize<string>(text)!);
        Assert.Equal(["module", "class", "message"], inner.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("feast.errors", pythonClass), (inner.RootElement.GetProperty("module").GetString(), inner.RootElement.GetProperty("class").GetString()));
    }

    [Fact]
    public async Task The_bytes_of_an_error_are_those_of_Feast()
    {
        await using var store = await Store.StartAsync();
        Assert.Equal(
            (HttpStatusCode.NotFound, @"""{\""module\"": \""feast.errors\"", \""class\"": \""FeatureViewNotFoundException\"", \""message\"": \""Feature view none does not exist in project flights\""}"""),
            await Post(store, """{"entities":{"airport":["ATL"]},"features":["none:mean_delay_1h"]}"""));
    }

    [Theory]
    [InlineData("""{"entities":{"origin":["ATL"]},"features":["route_outcomes:late_share_7d"]}""", "\"Missing join key values for keys: ['destination']. No values provided for keys: ['destination']. Provided join_key_values: ['origin']\"")]
    [InlineData("""{"entities":{"airport":["ATL"]},"features":["origin_outcomes:none"]}""", "'Feature none not found in projection origin_outcomes'")]
    [InlineData("""{"entities":{"airport":["ATL"]},"features":["origin_outcomes"]}""", "'origin_outcomes' is not a feature reference, which is view:feature")]
    [InlineData("""{"entities":{"airport":["ATL"]},"features":["origin_outcomes@v2:mean_delay_1h"]}""", "Version-qualified ref 'origin_outcomes@v2' not supported: a view has the one version that the registry file defines.")]
    [InlineData("""{"entities":{"airport":["ATL"]}}""", "features or feature_service must be given")]
    [InlineData("""{"entities":{"airport":["ATL",true]},"features":["origin_outcomes:mean_delay_1h"]}""", "entities.airport[1] must be a string of 1 to 128 characters")]
    [InlineData("""{"entities":{"airport":["ATL"]},"features":["origin_outcomes:mean_delay_1h"],"event_times":["0001-01-01T00:00:00Z"]}""", "event_times[0] must be an ISO 8601 time of the years 1900 to 8999 with its UTC offset, e.g. 2001-03-01T08:00:00-05:00")]
    [InlineData("""{"entities":{"origin":["ATL"],"destination":["LAX","SFO"]},"features":["route_outcomes:late_share_7d"]}""", "All entity rows must have the same columns.")]
    [InlineData("""{"entities":{"__dummy_id":[]},"features":["network_outcomes:mean_delay_3h"]}""", "\"Missing join key values for keys: ['airport', 'destination', 'origin']. No values provided for keys: ['airport', 'destination', 'origin']. Provided join_key_values: ['__dummy_id']\"")]
    public async Task Other_errors_are_a_json_string(string body, string message)
    {
        await using var store = await Store.StartAsync();
        var (status, text) = await Post(store, body);
        Assert.Equal((HttpStatusCode.InternalServerError, message), (status, JsonSerializer.Deserialize<string>(text)));
    }

    [Theory]
    [InlineData("""{"entities":5}""", "dict_type", "\"entities\"", "Input should be a valid dictionary")]
    [InlineData("""{"entities":{"airport":5},"features":["origin_outcomes:mean_delay_1h"]}""", "list_type", "\"entities\",\"airport\"", "Input should be a valid list")]
    [InlineData("""{"entities":{"airport":null},"features":["origin_outcomes:mean_delay_1h"]}""", "list_type", "\"entities\",\"airport\"", "Input should be a valid list")]
    [InlineData("""{"entities":{},"features":"all"}""", "list_type", "\"features\"", "Input should be a valid list")]
    [InlineData("""{"entities":{},"features":["a:b",5]}""", "string_type", "\"features\",1", "Input should be a valid string")]
    [InlineData("""{"entities":{},"full_feature_names":5}""", "bool_type", "\"full_feature_names\"", "Input should be a valid boolean")]
    [InlineData("""{"entities":""", "json_invalid", "", "JSON decode error")]
    [InlineData("""{"entities":{"airport":[ROWS]},"features":["origin_outcomes:mean_delay_1h"]}""", "too_long", "\"entities\",\"airport\"", "List should have at most 1000 items")]
    public async Task A_body_of_another_shape_is_422_as_pydantic_says_it(string body, string type, string location, string message)
    {
        await using var store = await Store.StartAsync();
        var (status, text) = await Post(store, body.Replace("ROWS", string.Join(',', Enumerable.Repeat("\"ATL\"", 1_001)), StringComparison.Ordinal));
        Assert.Equal((422, $$$"""{"detail":[{"type":"{{{type}}}","loc":["body"{{{(location.Length > 0 ? "," : "")}}}{{{location}}}],"msg":"{{{message}}}","input":{}}]}"""), ((int)status, text));
    }

    [Theory]
    [InlineData("__dummy_id", "\"\",\"\"", 2)] // as the remote online store asks: it reads the time of every row from the second column
    [InlineData("gate", "\"A\",\"B\"", 1)]
    public async Task A_view_without_an_entity_has_as_many_rows_as_are_given(string column, string values, int columns)
    {
        await using var store = await Filled();
        var (status, body) = await Post(store, $$"""{"entities":{"{{column}}":[{{values}}]},"features":["network_outcomes:mean_delay_3h"]}""");
        Assert.Equal(HttpStatusCode.OK, status);
        using var json = JsonDocument.Parse(body);
        Assert.Equal(columns, json.RootElement.GetProperty("results").GetArrayLength());
        Assert.Equal(columns == 2 ? ["__dummy_id", "mean_delay_3h"] : ["mean_delay_3h"], Names(json));
        Assert.Equal("""{"values":[28.333333333333332,28.333333333333332],"statuses":["PRESENT","PRESENT"],"event_timestamps":["2001-04-01T11:55:00Z","2001-04-01T11:55:00Z"]}""", json.RootElement.GetProperty("results")[columns - 1].GetRawText());
    }

    [Fact]
    public async Task A_join_key_of_the_project_that_no_view_needs_comes_back_as_it_was_given()
    {
        await using var store = await Filled();
        var (_, body) = await Post(store, """{"entities":{"origin":["ORD"],"airport":["ATL"],"destination":[5],"gate":["A"]},"features":["origin_outcomes:mean_delay_1h"]}""");
        using var json = JsonDocument.Parse(body);
        Assert.Equal(["origin", "airport", "destination", "mean_delay_1h"], Names(json));
        Assert.Equal(["ORD", "ATL", "5", "12.5"], json.RootElement.GetProperty("results").EnumerateArray().Select(column => column.GetProperty("values")[0].ToString()));
    }

    [Fact]
    public async Task Health_is_a_status_without_a_body()
    {
        await using var store = await Store.StartAsync();
        var response = await store.Client.GetAsync("/health");
        Assert.Equal((HttpStatusCode.OK, ""), (response.StatusCode, await response.Content.ReadAsStringAsync()));
        await store.Redis.KillAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await store.Client.GetAsync("/health")).StatusCode);
    }

    private static async Task<Store> Filled()
    {
        var store = await Store.StartAsync();
        var now = store.Time.GetUtcNow();
        await store.PushAsync([new("landings", now.AddMinutes(-9), "ATL", "LAX", 5), new("landings", now.AddMinutes(-7), "ATL", "LAX", 20), new("landings", now.AddHours(-2), "ORD", "SFO", 60)]);
        return store;
    }

    /// <summary>As <c>curl -d</c> sends it: not declared to be JSON.</summary>
    private static async Task<(HttpStatusCode Status, string Body)> Post(Store store, string json)
    {
        var response = await store.Client.PostAsync("/get-online-features", new StringContent(json, Encoding.UTF8, "application/x-www-form-urlencoded"));
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static List<string> Names(JsonDocument json) => [.. json.RootElement.GetProperty("metadata").GetProperty("feature_names").EnumerateArray().Select(n => n.GetString()!)];
}
