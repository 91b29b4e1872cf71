using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace MlAspire.SystemTests;

public sealed class BadInputTests(RunningSystem system)
{
    public static TheoryData<string, string, string, int, string> Cases => new()
    {
        { "unknown origin", "flight-delay", """{"entities":{"origin":["XXX"],"destination":["LGA"]},"inputs":{"distance_miles":[761],"departure":["2001-02-24T14:30:00-05:00"]}}""", 400, "entities.origin[0]" },
        { "wrong type", "flight-delay", """{"entities":{"origin":["ATL"],"destination":["LGA"]},"inputs":{"distance_miles":["far"],"departure":["2001-02-24T14:30:00-05:00"]}}""", 400, "inputs.distance_miles[0]" },
        { "no offset", "flight-delay", """{"entities":{"origin":["ATL"],"destination":["LGA"]},"inputs":{"distance_miles":[761],"departure":["2001-02-24T14:30:00"]}}""", 400, "inputs.departure[0]" },
        { "missing input", "flight-delay", """{"entities":{"origin":["ATL"],"destination":["LGA"]},"inputs":{"distance_miles":[761]}}""", 400, "inputs.departure" },
        { "unequal columns", "flight-delay", """{"entities":{"origin":["ATL","ATL"],"destination":["LGA"]},"inputs":{"distance_miles":[761],"departure":["2001-02-24T14:30:00-05:00"]}}""", 400, "entities" },
        { "unknown model", "no-such-model", """{"entities":{"origin":["ATL"],"destination":["LGA"]},"inputs":{}}""", 404, "model" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Bad_input_is_the_callers_fault_and_the_field_is_named(string what, string model, string request, int status, string field)
    {
        var (response, body) = await system.PredictAsync(JsonNode.Parse(request)!, model: model);

        Assert.True(status == (int)response.StatusCode, $"{what}: {(int)response.StatusCode} {body.ToJsonString()}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(body["errors"]!.AsArray(), e => ((string)e!["field"]!).StartsWith(field, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Json_that_is_none_is_refused_with_its_place()
    {
        using var content = new StringContent("""{"entities": {"origin": ["ATL",""", Encoding.UTF8, "application/json");
        using var response = await system.Gateway.PostAsync("/v1/models/flight-delay/predict", content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal("invalid_argument", (string?)problem["code"]);
        Assert.Contains("line", problem.ToJsonString(), StringComparison.OrdinalIgnoreCase);
    }
}
