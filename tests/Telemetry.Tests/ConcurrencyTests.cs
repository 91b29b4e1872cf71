using System.Net;
using System.Text.Json.Nodes;

namespace MlAspire.Telemetry.Tests;

public sealed class ConcurrencyTests
{
    private const int Requests = 256;

    [Fact]
    public async Task Of_256_parallel_requests_no_line_of_any_service_has_the_ids_of_another()
    {
        await using var services = await RunningServices.StartAsync();
        string[] ids = [.. Enumerable.Range(0, Requests).Select(number => $"r{number}")];

        await services.PredictAsync("first"); // what is made once is made

        var statuses = await Task.WhenAll(ids.Select(id => services.PredictAsync(id, ("x-session-id", id))));

        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
        var ofRequests = new Dictionary<string, (string Correlation, string Trace, string Session)[]>();
        foreach (var service in RunningServices.Passed)
        {
            var lines = (await services.LinesOfRequestsAsync(service, ids)).Where(line => ids.Contains((string?)line["correlation_id"])).ToArray();
            Assert.All(lines, line => Assert.True(line.ContainsKey("trace_id") && line.ContainsKey("span_id") && line.ContainsKey("session_pseudo_id"), line.ToJsonString()));
            ofRequests[service] = [.. lines.Select(line => ((string)line["correlation_id"]!, (string)line["trace_id"]!, (string)line["session_pseudo_id"]!)).Distinct().Order()];
        }

        // One trace and one session a request, and the same in every service: a leak would pair ids anew.
        Assert.Equal(Requests, ofRequests[RunningServices.Gateway].Length);
        Assert.Equal((Requests, Requests), (ofRequests[RunningServices.Gateway].DistinctBy(each => each.Trace).Count(), ofRequests[RunningServices.Gateway].DistinctBy(each => each.Session).Count()));
        Assert.Equal(ofRequests[RunningServices.Gateway], ofRequests[RunningServices.FeatureStore]);
        Assert.Equal(ofRequests[RunningServices.Gateway], ofRequests[RunningServices.Inference]);
        Assert.DoesNotContain(RunningServices.Passed.SelectMany(services.Lines).Select(line => JsonNode.Parse(line)!), line => line["correlation_id"] is not null && (string?)line["level"] is "WARNING" or "ERROR" or "CRITICAL");
        Assert.DoesNotContain(RunningServices.Passed.SelectMany(services.Lines).Select(line => JsonNode.Parse(line)!), line => ((string)line["module"]!).StartsWith("MlAspire.", StringComparison.Ordinal) && line["request_path"] is not null && line["correlation_id"] is null);
    }
}
