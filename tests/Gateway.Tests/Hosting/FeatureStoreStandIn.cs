using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>Answers <c>POST /v1/features/online</c>: origin_mean_delay_1h is 12.5 and 240 s old at ATL and not there elsewhere; route_backlog_1d is 3. One more feature than the pipeline takes.</summary>
internal static class FeatureStoreStandIn
{
    public static Task<StandIn> StartAsync() => StandIn.StartAsync(AnswerAsync);

    public static Task AnswerAsync(Asked asked, HttpResponse response)
    {
        var request = JsonNode.Parse(asked.Body)!;
        var origins = request["entities"]!["origin"]!.AsArray().Select(origin => (string)origin!).ToArray();
        return response.WriteAsJsonAsync(new
        {
            feature_service = (string)request["feature_service"]!,
            version = 7,
            features = new object[]
            {
                Feature("unused", origins, _ => 1, _ => "PRESENT", _ => 0),
                Feature("route_backlog_1d", origins, _ => 3, _ => "STALE", _ => 90_000),
                Feature("origin_mean_delay_1h", origins, AtAtlanta(12.5), origin => origin == "ATL" ? "PRESENT" : "NOT_FOUND", AtAtlanta(240)),
            },
        });
    }

    private static Func<string, double?> AtAtlanta(double value) => origin => origin == "ATL" ? value : null;

    private static object Feature(string name, string[] origins, Func<string, double?> value, Func<string, string> status, Func<string, double?> age) =>
        new { name, values = origins.Select(value), statuses = origins.Select(status), ages_seconds = origins.Select(age) };
}
