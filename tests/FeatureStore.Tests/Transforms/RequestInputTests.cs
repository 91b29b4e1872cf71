using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.ServiceDefaults.Columns;
using MlAspire.Testing.OpenApi;

namespace MlAspire.FeatureStore.Tests.Transforms;

public sealed class RequestInputTests
{
    private const string Request = """[{"name":"distance","type":"DOUBLE"},{"name":"member","type":"BOOL"}]""";
    private const string Transforms = """[{"name":"pay","expression":"if(member, 2, 1) * distance + coalesce(driver_trips, 0)"},{"name":"far","expression":"distance > 10"},{"name":"known","expression":"!is_null(distance)"}]""";

    [Fact]
    public async Task What_comes_with_the_request_is_of_its_moment_and_makes_a_transform_neither_stale_nor_older_nor_missing()
    {
        await using var store = await StartAsync();
        var now = store.Time.GetUtcNow();
        Assert.Equal(["pay: [5,null] [\"PRESENT\",\"NOT_FOUND\"] [0,null]", "far: [false,null] [\"PRESENT\",\"NULL\"] [0,null]", "known: [true,false] [\"PRESENT\",\"PRESENT\"] [0,0]"], await ReadAsync(store, now, "[2.5,null]"));
        (await store.PostAsync("/push", Drivers.Push(now, trips: "7"))).EnsureSuccessStatusCode();
        Assert.Equal(["pay: [32,null] [\"PRESENT\",\"NULL\"] [60,null]", "far: [true,null] [\"PRESENT\",\"NULL\"] [0,null]", "known: [true,false] [\"PRESENT\",\"PRESENT\"] [0,0]"], await ReadAsync(store, now.AddMinutes(1), "[12.5,null]"));
        Assert.Equal(["pay: [31,19.5] [\"STALE\",\"STALE\"] [3601,3601]", "far: [true,true] [\"PRESENT\",\"PRESENT\"] [0,0]", "known: [true,true] [\"PRESENT\",\"PRESENT\"] [0,0]"], await ReadAsync(store, now.AddSeconds(3_601), "[12,12.5]"));
    }

    [Fact]
    public async Task Without_entities_the_rows_are_those_of_the_request_also_for_Feast()
    {
        await using var store = await Drivers.StartAsync(registry => With(registry.Replace("\"featureServices\": [", """
            "featureServices": [ { "name": "alone", "version": 1, "features": [], "request": [{"name":"a","type":"INT32"}], "transforms": [{"name":"twice","expression":"2 * a"}] },
            """, StringComparison.Ordinal), Request, Transforms, service: 1));
        var ours = await store.PostAsync("/v1/features/online", """{"feature_service":"alone","request":{"a":[1,2.0,null]}}""");
        Assert.Equal("""{"feature_service":"alone","version":1,"features":[{"name":"twice","values":[2,4,null],"statuses":["PRESENT","PRESENT","NULL"],"ages_seconds":[0,0,null]}]}""", await ours.Content.ReadAsStringAsync());
        var feast = JsonNode.Parse(await (await store.PostAsync("/get-online-features", """{"feature_service":"alone","entities":{"a":[1,2,3]}}""")).Content.ReadAsStringAsync())!;
        Assert.Equal(("""["twice"]""", "[2,4,6]"), (feast["metadata"]!["feature_names"]!.ToJsonString(), feast["results"]![0]!["values"]!.ToJsonString()));
    }

    [Fact]
    public async Task Columns_say_what_JSON_says_with_NaN_for_null()
    {
        await using var store = await StartAsync();
        Column[][] forms =
        [
            [new NumberColumn("request.distance", [12, double.NaN]), new ByteColumn("request.member", [1, 0])],
            [new FloatColumn("request.distance", [12, float.NaN]), new NumberColumn("request.member", [1, 0])],
        ];
        var expected = await (await store.PostAsync("/v1/features/online", """{"feature_service":"driver_activity","entities":{"driver_id":[1001,1001]},"request":{"distance":[12,null],"member":[true,false]}}""")).Content.ReadAsStringAsync();
        foreach (var form in forms)
        {
            using var answer = await PostAsync(store, [new WholeNumberColumn("entities.driver_id", [1001, 1001]), .. form]);
            Assert.Equal(expected, await answer.Content.ReadAsStringAsync());
        }
        using var whole = await PostAsync(store, [new WholeNumberColumn("entities.driver_id", [1001]), new WholeNumberColumn("request.distance", [12]), new WholeNumberColumn("request.member", [1])]);
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
        using var texts = await PostAsync(store, [new WholeNumberColumn("entities.driver_id", [1001]), new TextColumn("request.distance", ["12"]), new ByteColumn("request.member", [1])]);
        Assert.Equal("request.distance must be a column of numbers, whole numbers or bytes", await ProblemAsync(texts));
    }

    [Fact]
    public void The_bytes_of_the_document_are_a_request_with_an_input()
    {
        // The example of docs/columns.md, written by hand: 12.5 is 1.5625 · 2^3, so 40 29 and zeros.
        var request = OnlineFeaturesColumns.Read(Convert.FromHexString("4D4C43311C0000007B22666561747572655F73657276696365223A22707269636573227D010000000200" + "0512656E7469746965732E6472697665725F6964E903000000000000" + "0110726571756573742E64697374616E63650000000000002940"));

        Assert.Equal(("prices", "driver_id", "distance"), (request.FeatureService, Assert.Single(request.Entities!).Key, Assert.Single(request.Request!).Key));
        Assert.Equal(12.5, request.Request!["distance"].Input(new FieldProblems(), "request.distance", FieldType.Double, 0));
    }

    [Theory]
    [InlineData("", "request.distance is missing; request.member is missing")]
    [InlineData(""","request":{"distance":[1,2]}""", "request.distance has 2 rows where the first column has 1; request.member is missing")]
    [InlineData(""","request":{"distance":null,"member":5,"driver_trips":[1]}""", "request.driver_trips the feature service 'driver_activity' has no such request input; request.distance is missing; request.member must be an array")]
    [InlineData(""","request":{"distance":["12"],"member":[2]}""", "request.distance[0] must be a number of 64 bits; request.member[0] must be true or false, or 1 or 0")]
    [InlineData(""","request":{"distance":[1e999],"member":[[1]]}""", "request.distance[0] must be a number of 64 bits; request.member[0] must be true or false, or 1 or 0")]
    [InlineData(""","request":{"distance":[true],"member":[null]}""", "request.distance[0] must be a number of 64 bits")]
    public async Task A_request_without_them_or_with_others_is_refused_by_name(string request, string problems)
    {
        await using var store = await StartAsync();
        using var response = await store.PostAsync("/v1/features/online", $$"""{"feature_service":"driver_activity","entities":{"driver_id":[1001]}{{request}}}""");
        Assert.Equal(problems, await ProblemAsync(response));
    }

    [Theory]
    [InlineData("/v1/features/online", """{"feature_service":"driver_activity","entities":{"driver_id":[1001,1001]},"request":{"distance":[12.5,null],"member":[true,0]}}""")]
    [InlineData("/get-online-features", """{"feature_service":"driver_activity","entities":{"driver_id":[1001,1001],"distance":[12.5,null],"member":[true,0]},"full_feature_names":true}""")]
    public async Task The_document_of_the_routes_has_them(string path, string body)
    {
        await using var store = await StartAsync();
        var document = await ServiceDocument.OfAsync(store.Client);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        await document.AssertAnswerAsync(store.Client, request, path, 200);
    }

    [Fact]
    public async Task Feast_has_them_among_the_entities_and_does_not_get_them_back()
    {
        await using var store = await StartAsync();
        (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow(), trips: "7"))).EnsureSuccessStatusCode();
        var answer = JsonNode.Parse(await (await store.PostAsync("/get-online-features", """{"feature_service":"driver_activity","entities":{"distance":[12.5,null],"driver_id":[1001,1001],"member":[1,false]},"full_feature_names":true}""")).Content.ReadAsStringAsync())!;
        string[] names = [.. answer["metadata"]!["feature_names"]!.AsArray().Select(name => (string)name!)];
        Assert.Equal(["driver_id", "driver_activity__pay", "driver_activity__far", "driver_activity__known"], [names[0], .. names[^3..]]);
        Assert.Equal(11, names.Length);
        Assert.Equal(["[32,null]", "[true,null]", "[true,false]"], answer["results"]!.AsArray().TakeLast(3).Select(column => column!["values"]!.ToJsonString()));
        Assert.Equal("""["PRESENT","NULL_VALUE"]""", answer["results"]![8]!["statuses"]!.ToJsonString());
    }

    [Fact]
    public async Task What_Feast_does_not_send_is_its_error_also_where_a_join_key_is_missing()
    {
        await using var store = await StartAsync();
        using var missing = await store.PostAsync("/get-online-features", """{"feature_service":"driver_activity","entities":{"gate":[1]},"full_feature_names":true}""");
        Assert.Equal(
            (HttpStatusCode.NotFound, """{"module": "feast.errors", "class": "RequestDataNotFoundInEntityRowsException", "message": "Required request data source features ['distance', 'member'] not found in the entity rows, but required by feature views"}"""),
            (missing.StatusCode, JsonSerializer.Deserialize<string>(await missing.Content.ReadAsStringAsync())));
        using var view = await store.PostAsync("/get-online-features", """{"features":["driver_stats:trips"],"entities":{"driver_id":[1001]}}""");
        Assert.Equal(HttpStatusCode.OK, view.StatusCode);
    }

    [Fact]
    public async Task Defaults_stand_for_what_is_stored_and_not_for_what_comes_with_the_request()
    {
        await using var store = await Drivers.StartAsync(registry => With(registry.Replace("""["state", "rating", "tags", "trips", "since"]""", """["trips"]""", StringComparison.Ordinal), Request, Transforms, """{"defaults":{"hour_shifts_1h":0,"driver_trips":3,"hour_mean_trips_1h":0}}"""), ("Redis:CommandTimeoutMilliseconds", "200"));
        await store.Redis.KillAsync();
        Assert.Equal(["pay: [27,null] [\"DEFAULT\",\"NULL\"] [null,null]", "far: [true,null] [\"PRESENT\",\"NULL\"] [0,null]"], (await ReadAsync(store, store.Time.GetUtcNow(), "[12,null]"))[..2]);
    }

    [Fact]
    public async Task The_registry_says_them()
    {
        await using var store = await StartAsync();
        foreach (var path in new[] { "/v1/registry", "/v1/registry/feature_services", "/v1/registry/feature_services/driver_activity" })
        {
            var json = JsonNode.Parse(await store.Client.GetStringAsync(path))!;
            Assert.Equal(Request, (json["featureServices"]?[0] ?? json["feature_services"]?[0] ?? json)["request"]!.ToJsonString());
        }
        var written = RegistryWriter.Write(RegistryFile.Parse(Encoding.UTF8.GetBytes(With(Drivers.Registry, Request, Transforms)))).ToJsonString();
        Assert.Equal(written, RegistryWriter.Write(RegistryFile.Parse(Encoding.UTF8.GetBytes(written))).ToJsonString());
    }

    [Fact]
    public void Everything_that_is_wrong_with_them_is_reported_together()
    {
        const string Wrong = """
            [{"name":"a","type":"STRING"},{"name":"driver_id","type":"INT64"},{"name":"driver_trips","type":"INT32"},{"name":"pay","type":"DOUBLE"},{"name":"twice","type":"BOOL"},{"name":"twice","type":"BOOL"},{"name":"1","type":"DOUBLE"},{"name":"b"},{"name":"c","type":"FLOAT","range":[0,1]}]
            """;
        var problems = Assert.Throws<RegistryFileException>(() => RegistryFile.Parse(Encoding.UTF8.GetBytes(With(Drivers.Registry, Wrong, """[{"name":"pay","expression":"driver_trips"},{"name":"d","expression":"missing"}]""")))).Problems;
        Assert.Equal(
            [
                ("request[0].type", "must be one of INT32, INT64, FLOAT, DOUBLE, BOOL"), ("request[1]", "the service already has an entity column 'driver_id'"), ("request[2]", "the service already has a feature 'driver_trips'"),
                ("request[5]", "'twice' is defined twice"), ("request[6].name", "must be a name of 1 to 64 letters, digits and underscores that does not start with a digit"), ("request[7]", "'type' is missing"),
                ("request[8].range", "is not a property of this object"), ("transforms[0]", "the service already has a request input 'pay'"), ("transforms[1].expression", "character 1: there is no feature 'missing' before it in the service"),
            ],
            problems.Select(problem => (problem.Path.Replace("$.featureServices[0].", "", StringComparison.Ordinal), problem.Message)));
    }

    /// <summary>Drivers with a service that takes something with the request.</summary>
    public static string With(string registry, string request, string transforms, string? onUnavailable = null, int service = 0)
    {
        var root = JsonNode.Parse(registry)!;
        var changed = root["featureServices"]![service]!;
        (changed["request"], changed["transforms"]) = (JsonNode.Parse(request), JsonNode.Parse(transforms));
        if (onUnavailable is not null)
        {
            changed["onUnavailable"] = JsonNode.Parse(onUnavailable);
        }
        return root.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    private static Task<Store> StartAsync() => Drivers.StartAsync(registry => With(registry, Request, Transforms));

    /// <summary>The transforms of two rows of one driver, the first a member, as <c>name: values statuses ages</c>.</summary>
    private static async Task<string[]> ReadAsync(Store store, DateTimeOffset at, string distances)
    {
        using var response = await store.PostAsync("/v1/features/online", $$"""{"feature_service":"driver_activity","entities":{"driver_id":[1001,1001]},"event_times":["{{at:O}}","{{at:O}}"],"request":{"distance":{{distances}},"member":[true,false]} }""");
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
        return [.. answer["features"]!.AsArray().TakeLast(3).Select(f => $"{f!["name"]}: {f["values"]!.ToJsonString()} {f["statuses"]!.ToJsonString()} {f["ages_seconds"]!.ToJsonString()}")];
    }

    private static async Task<HttpResponseMessage> PostAsync(Store store, Column[] columns)
    {
        using var content = new ByteArrayContent(ColumnsWriter.Write("""{"feature_service":"driver_activity"}"""u8, ((WholeNumberColumn)columns[0]).Values.Length, columns));
        content.Headers.ContentType = new MediaTypeHeaderValue(Column.ContentType);
        return await store.Client.PostAsync("/v1/features/online", content);
    }

    private static async Task<string> ProblemAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        return string.Join("; ", JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]!.AsArray().Select(error => $"{error!["field"]} {error["message"]}"));
    }
}
