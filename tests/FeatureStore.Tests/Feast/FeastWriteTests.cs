using System.Net;
using System.Text;
using System.Text.Json;
using MlAspire.FeatureStore.Tests.Rows;

namespace MlAspire.FeatureStore.Tests.Feast;

/// <summary>Bodies are those of Feast's clients: its feature server's documentation (curl) and its remote online store.</summary>
public sealed class FeastWriteTests
{
    private const string RemoteWrite = """
        {"feature_view_name": "trip_price", "df": {"city": ["NYC", "NYC"], "driver_id": [1001, 1002], "price": [12.5, null], "paid": [true, null], "receipt": ["Bwg=", null],
          "legs": [[1, 2], null], "event_timestamp": ["2001-04-01T11:59:00.250000", "2001-04-01T11:59:00"], "created": ["2001-04-01T11:59:30", null]}, "allow_registry_cache": false}
        """;

    [Fact]
    public async Task Rows_that_the_remote_online_store_writes_are_those_it_reads()
    {
        await using var store = await Drivers.StartAsync();
        Assert.Equal((HttpStatusCode.OK, "null"), await Post(store, "/write-to-online-store", RemoteWrite));
        var (status, body) = await Post(store, "/get-online-features", """
            {"entities": {"city": ["NYC", "NYC", "LA"], "driver_id": [1001, 1002, 1001]}, "features": ["trip_price:price", "trip_price:paid", "trip_price:receipt", "trip_price:legs"], "full_feature_names": false, "include_feature_view_version_metadata": false}
            """);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """{"results":[""" +
            """{"values":["NYC","NYC","LA"],"statuses":["PRESENT","PRESENT","PRESENT"],"event_timestamps":["1970-01-01T00:00:00Z","1970-01-01T00:00:00Z","1970-01-01T00:00:00Z"]},""" +
            """{"values":[1001,1002,1001],"statuses":["PRESENT","PRESENT","PRESENT"],"event_timestamps":["1970-01-01T00:00:00Z","1970-01-01T00:00:00Z","1970-01-01T00:00:00Z"]},""" +
            """{"values":[12.5,null,null],"statuses":["PRESENT","NULL_VALUE","NOT_FOUND"],"event_timestamps":["2001-04-01T11:59:00.250Z","2001-04-01T11:59:00Z","1970-01-01T00:00:00Z"]},""" +
            """{"values":[true,null,null],"statuses":["PRESENT","NULL_VALUE","NOT_FOUND"],"event_timestamps":["2001-04-01T11:59:00.250Z","2001-04-01T11:59:00Z","1970-01-01T00:00:00Z"]},""" +
            """{"values":["Bwg=",null,null],"statuses":["PRESENT","NULL_VALUE","NOT_FOUND"],"event_timestamps":["2001-04-01T11:59:00.250Z","2001-04-01T11:59:00Z","1970-01-01T00:00:00Z"]},""" +
            """{"values":[[1,2],null,null],"statuses":["PRESENT","NULL_VALUE","NOT_FOUND"],"event_timestamps":["2001-04-01T11:59:00.250Z","2001-04-01T11:59:00Z","1970-01-01T00:00:00Z"]}],""" +
            "\"metadata\":{\"feature_names\":[\"city\",\"driver_id\",\"price\",\"paid\",\"receipt\",\"legs\"]}}",
            body);
    }

    [Fact]
    public async Task A_row_older_than_the_retention_is_outside_of_its_maximal_age()
    {
        await using var store = await Drivers.StartAsync();
        await Post(store, "/write-to-online-store", RemoteWrite);
        store.Time.Advance(TimeSpan.FromDays(1));
        var (_, body) = await Post(store, "/get-online-features", """{"entities":{"city":["NYC"],"driver_id":[1001]},"features":["trip_price:price"]}""");
        using var json = JsonDocument.Parse(body);
        Assert.Equal("""{"values":[null],"statuses":["OUTSIDE_MAX_AGE"],"event_timestamps":["2001-04-01T11:59:00.250Z"]}""", json.RootElement.GetProperty("results")[2].GetRawText());
    }

    [Fact]
    public async Task Of_rows_with_one_event_time_the_one_created_later_stays()
    {
        await using var store = await Drivers.StartAsync();
        async Task Write(double price, string created) => Assert.Equal(HttpStatusCode.OK, (await Post(store, "/write-to-online-store",
            $$$"""{"feature_view_name":"trip_price","df":{"city":["NYC"],"driver_id":[1],"price":[{{{price}}}],"paid":[true],"receipt":[null],"legs":[null],"event_timestamp":["2001-04-01T11:00:00"],"created":["{{{created}}}"]}}""")).Status);
        async Task<double> Price()
        {
            using var json = JsonDocument.Parse((await Post(store, "/get-online-features", """{"entities":{"city":["NYC"],"driver_id":[1]},"features":["trip_price:price"]}""")).Body);
            return json.RootElement.GetProperty("results")[2].GetProperty("values")[0].GetDouble();
        }
        await Write(2, "2001-04-01T11:00:02");
        await Write(9, "2001-04-01T11:00:01");
        Assert.Equal(2, await Price());
        await Write(1, "2001-04-01T11:00:02.500000");
        Assert.Equal(1, await Price());
    }

    [Fact]
    public async Task A_push_is_answered_with_an_empty_body_and_times_without_an_offset_are_UTC()
    {
        await using var store = await Drivers.StartAsync();
        var (status, body) = await Post(store, "/push", """
            {"push_source_name": "shifts", "df": {"driver": [1001], "event_timestamp": ["2001-04-01 11:50:00"], "rating": [3.5], "trips": [4], "state": ["busy"], "tags": [[]], "since": [0]}, "to": "online", "allow_registry_cache": true, "transform_on_write": true}
            """);
        Assert.Equal((HttpStatusCode.OK, ""), (status, body));
        var read = await Drivers.ReadAsync(store);
        Assert.Contains("driver_rating: 3.5 PRESENT 600", read);
        Assert.Contains("driver_tags: [] PRESENT 600", read);
    }

    [Fact]
    public async Task A_write_may_have_more_rows_than_a_push_of_ours_and_columns_that_mean_nothing()
    {
        await using var store = await Drivers.StartAsync();
        string Of(Func<int, string> value) => string.Join(',', Enumerable.Range(0, 25_000).Select(value));
        Assert.Equal((HttpStatusCode.OK, "null"), await Post(store, "/write-to-online-store",
            $$$"""{"feature_view_name":"trip_price","df":{"city":[{{{Of(_ => "\"NYC\"")}}}],"driver_id":[{{{Of(i => $"{i}")}}}],"price":[{{{Of(i => $"{i}.5")}}}],"paid":[{{{Of(_ => "true")}}}],"receipt":[{{{Of(_ => "null")}}}],"legs":[{{{Of(_ => "null")}}}],"event_timestamp":[{{{Of(_ => "\"2001-04-01T11:00:00\"")}}}],"tip":[1]}}"""));
        var (_, body) = await Post(store, "/get-online-features", """{"entities":{"city":["NYC","NYC","NYC"],"driver_id":[0,10000,24999]},"features":["trip_price:price"]}""");
        Assert.Contains("\"values\":[0.5,10000.5,24999.5]", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_push_may_say_when_its_rows_were_made()
    {
        await using var store = await Drivers.StartAsync();
        Assert.Equal((HttpStatusCode.OK, ""), await Post(store, "/push", """
            {"push_source_name": "shifts", "df": {"driver": [1001], "event_timestamp": ["2001-04-01 11:50:00"], "created": ["2001-04-01 11:51:00"], "rating": [3.5], "trips": [4], "state": ["busy"], "tags": [[]], "since": [0]}, "to": "online"}
            """));
        Assert.Contains("driver_rating: 3.5 PRESENT 600", await Drivers.ReadAsync(store));
    }

    [Fact]
    public async Task Values_of_other_types_are_converted_as_Feast_does()
    {
        await using var store = await Drivers.StartAsync();
        Assert.Equal((HttpStatusCode.OK, "null"), await Post(store, "/write-to-online-store", """
            {"feature_view_name":"trip_price","df":{"city":[7,"NYC"],"driver_id":[1001.0,1e3],"price":[1,2],"paid":[1,0.0],"receipt":[null,null],"legs":[[1.0],null],"event_timestamp":["2001-04-01T11:00:00","2001-04-01T11:00:00"]}}
            """));
        Assert.Equal((HttpStatusCode.OK, ""), await Post(store, "/push", """
            {"push_source_name":"shifts","df":{"driver":[1001.0,1002.0],"event_timestamp":["2001-04-01T11:00:00","2001-04-01T11:00:00"],"rating":[3,null],"trips":[7.0,8.0],"state":["free",null],"tags":[null,null],"since":[993945600.0,null]}}
            """));
        Assert.Contains("driver_trips: 7 PRESENT 3600", await Drivers.ReadAsync(store));
        Assert.Contains("driver_since: 993945600 PRESENT 3600", await Drivers.ReadAsync(store));
        var (_, body) = await Post(store, "/get-online-features", """{"entities":{"city":[7,"NYC"],"driver_id":[1001.0,1000]},"features":["trip_price:price","trip_price:paid","trip_price:legs"]}""");
        using var json = JsonDocument.Parse(body);
        Assert.Equal("""["7","NYC"] [1001,1000] [1,2] [true,false] [[1],null]""", string.Join(' ', json.RootElement.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("values").GetRawText())));
    }

    [Fact]
    public async Task A_text_of_Feasts_may_come_as_a_number_or_a_truth()
    {
        await using var store = await Drivers.StartAsync(registry => registry.Replace(", \"enum\": [\"free\", \"busy\"]", "", StringComparison.Ordinal));
        foreach (var (state, minute) in new[] { ("7.50", 1), ("true", 2), ("false", 3) })
        {
            Assert.Equal((HttpStatusCode.OK, ""), await Post(store, "/push", $$$"""
                {"push_source_name":"shifts","df":{"driver":[1001],"event_timestamp":["2001-04-01T11:0{{{minute}}}:00"],"rating":[1],"trips":[1],"state":[{{{state}}}],"tags":[null],"since":[null]}}
                """));
            Assert.StartsWith($"driver_state: \"{(minute == 1 ? state : minute == 2 ? "True" : "False")}\" PRESENT", (await Drivers.ReadAsync(store)).Single(line => line.StartsWith("driver_state", StringComparison.Ordinal)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("trips", "7.5", "df.trips[0]")]
    [InlineData("trips", "2147483648.0", "df.trips[0]")]
    [InlineData("driver", "9007199254740994.0", "df.driver[0]")] // 2^53 + 2: as a double it may have been another number
    [InlineData("state", "7", "df.state[0]")]
    public async Task A_push_of_ours_takes_whole_numbers_however_they_are_spelt_and_no_other_type(string column, string value, string field)
    {
        await using var store = await Drivers.StartAsync();
        var push = System.Text.Json.Nodes.JsonNode.Parse(Drivers.Push(store.Time.GetUtcNow(), trips: "7.0"))!;
        Assert.Equal(HttpStatusCode.OK, (await store.PostAsync("/push", push.ToJsonString())).StatusCode);
        push["df"]![column] = System.Text.Json.Nodes.JsonNode.Parse($"[{value}]");
        push["producer"] = "another";
        Assert.Contains($"\"field\":\"{field}\"", await (await store.PostAsync("/push", push.ToJsonString())).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/write-to-online-store", """{"feature_view_name":"trip_price","df":[]}""", "dict_type", "\"df\"", "Input should be a valid dictionary")]
    [InlineData("/write-to-online-store", """{"feature_view_name":5,"df":{}}""", "string_type", "\"feature_view_name\"", "Input should be a valid string")]
    [InlineData("/materialize", """{"feature_views":5}""", "list_type", "\"feature_views\"", "Input should be a valid list")]
    public async Task A_body_of_another_shape_is_422_as_pydantic_says_it(string path, string json, string type, string location, string message)
    {
        await using var store = await Drivers.StartAsync();
        var (status, body) = await Post(store, path, json);
        Assert.Equal((422, $$$"""{"detail":[{"type":"{{{type}}}","loc":["body",{{{location}}}],"msg":"{{{message}}}","input":{}}]}"""), ((int)status, body));
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413_as_a_json_string()
    {
        await using var store = await Drivers.StartAsync(null, ("Feast:MaxBodyBytes", "1048576"));
        // With "Expect: 100-continue" the client waits for the answer before it sends what the server will not read.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/write-to-online-store") { Headers = { ExpectContinue = true }, Content = new ByteArrayContent(new byte[1_048_577]) };
        var response = await store.Client.SendAsync(request);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, JsonValueKind.String), (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.ValueKind));
    }

    [Theory]
    [InlineData("/push", """{"push_source_name":"radar","df":{}}""", 422, "PushSourceNotFoundException", "Unable to find push source 'radar'.")]
    [InlineData("/write-to-online-store", """{"feature_view_name":"none","df":{}}""", 404, "FeatureViewNotFoundException", "Feature view none does not exist in project taxi")]
    [InlineData("/materialize", """{"start_ts":"2001-01-01","end_ts":"2001-02-01","feature_views":["none"]}""", 404, "FeatureViewNotFoundException", "Feature view none does not exist in project taxi")]
    public async Task Errors_of_Feast_carry_its_class(string path, string json, int status, string pythonClass, string message)
    {
        await using var store = await Drivers.StartAsync();
        var (answered, body) = await Post(store, path, json);
        Assert.Equal((status, $$"""{"module": "feast.errors", "class": "{{pythonClass}}", "message": "{{message}}"}"""), ((int)answered, JsonSerializer.Deserialize<string>(body)));
        Assert.Equal(pythonClass, Assert.Single(store.Logs.Named("request_refused")).Fields["Reason"]);
    }

    [Theory]
    [InlineData("/push", """{"push_source_name":"shifts","df":{},"to":"nowhere"}""", "nowhere is not a supported push format. Please specify one of these ['online', 'offline', 'online_and_offline'].")]
    [InlineData("/push", """{"push_source_name":"shifts","df":{},"to":"online_and_offline"}""", "There is no offline store: Offline__Directory is not set.")]
    [InlineData("/push", """{"push_source_name":"shifts","df":{"event_timestamp":["soon"],"driver":[1],"rating":[1],"trips":[1],"state":["free"],"tags":[null],"since":[1]}}""", "df.event_timestamp[0] must be an ISO 8601 time of the years 1900 to 8999")]
    [InlineData("/write-to-online-store", """{"feature_view_name":"driver_trips","df":{}}""", "Feature view driver_trips is computed from the events of 'shifts': push those.")]
    [InlineData("/write-to-online-store", """{"feature_view_name":"trip_price","df":{"city":["NYC"],"driver_id":[1],"price":[1],"paid":[2],"receipt":[null],"legs":[null],"event_timestamp":["2001-04-01T11:00:00"],"created":[5]}}""", "df.paid[0] must be true or false; df.created[0] must be an ISO 8601 time of the years 1900 to 8999")]
    [InlineData("/write-to-online-store", """{"feature_view_name":"trip_price","df":{"city":["NYC"],"driver_id":[1],"price":[1],"paid":[true],"receipt":["\ud800\ud800"],"legs":[null],"event_timestamp":["2001-04-01T11:00:00"],"created":["2001-04-01T11:00:00"]}}""", "df.receipt[0] must be at most 16384 bytes in base64")]
    [InlineData("/materialize", "{}", "There is no offline store to materialize from: Offline__Directory is not set.")]
    public async Task Other_errors_are_a_json_string(string path, string json, string message)
    {
        await using var store = await Drivers.StartAsync();
        var (status, body) = await Post(store, path, json);
        Assert.Equal((HttpStatusCode.InternalServerError, message), (status, JsonSerializer.Deserialize<string>(body)));
    }

    [Theory]
    [InlineData("/push", "{}", "push_source_name")]
    [InlineData("/push", """{"push_source_name":"shifts"}""", "df")]
    [InlineData("/write-to-online-store", "{}", "feature_view_name")]
    [InlineData("/get-online-features", "{\"features\":[\"trip_price:price\"]}", "entities")]
    public async Task A_body_that_lacks_a_field_is_422_as_pydantic_says_it(string path, string json, string field)
    {
        await using var store = await Drivers.StartAsync();
        var (status, body) = await Post(store, path, json);
        Assert.Equal((422, $$$"""{"detail":[{"type":"missing","loc":["body","{{{field}}}"],"msg":"Field required","input":{}}]}"""), ((int)status, body));
    }

    internal static async Task<(HttpStatusCode Status, string Body)> Post(Store store, string path, string json)
    {
        var response = await store.Client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/x-www-form-urlencoded"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
