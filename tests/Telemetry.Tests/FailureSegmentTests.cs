using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using MlAspire.ServiceDefaults.Access;

namespace MlAspire.Telemetry.Tests;

/// <summary>Failures planted in one segment of real requests, found in the audit log of the real gateway.</summary>
public sealed class FailureSegmentTests
{
    private static readonly string[] Airports = ["ATL", "BOS", "DEN", "LAX"];

    [Fact]
    public async Task The_segment_whose_requests_fail_is_first_and_no_other_is_flagged()
    {
        await using var services = await StartAsync((service, builder) => Fault.AddTo(builder, service, TimeSpan.Zero));
        for (var i = 0; i < 240; i++)
        {
            // Of the flights from Denver three of four fail, of the others one of 45.
            var origin = Airports[i % 4];
            var fails = origin == "DEN" ? i % 16 != 2 : i % 30 == 0;
            var (status, _) = await PredictAsync(services, origin, Airports[i / 4 % 4], fails ? $"error-inference-{i}" : $"fine-{i}", i);
            Assert.Equal(fails ? HttpStatusCode.InternalServerError : HttpStatusCode.OK, status);
        }

        var answer = await AskAsync(services, "failure=error");

        Assert.Equal((240, 49, true), ((int)answer["units"]!, (int)answer["failures"]!, (bool)answer["complete"]!));
        var first = answer["segments"]![0]!;
        Assert.Equal(("entities.origin", "DEN", 45, 60, 0.75, true), ((string)first["attribute"]!, (string)first["value"]!, (int)first["failures"]!, (int)first["units"]!, (double)first["share"]!, (bool)first["flagged"]!));
        Assert.Equal(0.75 / (49.0 / 240), (double)first["lift"]!, 12);
        Assert.Single(answer["segments"]!.AsArray(), segment => (bool)segment!["flagged"]!);
    }

    [Fact]
    public async Task The_airport_whose_features_cannot_be_read_is_first_and_not_that_they_were_not_read()
    {
        await using var services = await StartAsync((service, builder) => Fault.AddTo(builder, service, TimeSpan.Zero));
        for (var i = 0; i < 240; i++)
        {
            var fails = i % 12 == 2; // 20 of the 60 flights from Denver
            var (status, _) = await PredictAsync(services, Airports[i % 4], Airports[i / 4 % 4], fails ? $"error-feature-store-{i}" : $"fine-{i}", i);
            Assert.Equal(!fails, status == HttpStatusCode.OK);
        }

        var answer = await AskAsync(services, "");

        var first = answer["segments"]![0]!;
        Assert.Equal(("entities.origin", "DEN", 20, 60, true), ((string)first["attribute"]!, (string)first["value"]!, (int)first["failures"]!, (int)first["units"]!, (bool)first["flagged"]!));
        Assert.Single(answer["segments"]!.AsArray(), segment => (bool)segment!["flagged"]!);
    }

    [Fact]
    public async Task Wrong_answers_are_found_once_it_is_known_what_happened()
    {
        await using var services = await StartAsync();
        var labels = new JsonArray();
        for (var i = 0; i < 60; i++)
        {
            var (_, body) = await PredictAsync(services, Airports[i % 2], "LGA", $"asked-{i}", i);
            var answered = body["predictions"]![0]!;
            if (i < 40) // of the others nothing is known
            {
                var wrong = i % 2 == 1; // all flights from Boston
                labels.Add(new JsonObject { ["prediction_id"] = (string)answered["prediction_id"]!, ["positive"] = (string)answered["label"]! == "late" != wrong });
            }
        }

        var monitoring = services.HostOf(RunningServices.Monitoring).Client;
        using var content = new StringContent(new JsonObject { ["labels"] = labels }.ToJsonString(), Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.OK, (await monitoring.PostAsync("/v1/feedback", content)).StatusCode);

        var answer = await AskAsync(services, "failure=wrong_label");

        Assert.Equal((40, 20, 20), ((int)answer["units"]!, (int)answer["failures"]!, (int)answer["unlabelled"]!));
        Assert.Equal(("entities.origin", "BOS", 20), ((string)answer["segments"]![0]!["attribute"]!, (string)answer["segments"]![0]!["value"]!, (int)answer["segments"]![0]!["failures"]!));
    }

    [Theory]
    [InlineData(null, "", 401, null)]
    [InlineData("not-a-key-0123456789abcdef0123456789", "", 401, null)]
    [InlineData(RunningServices.AdminKey, "?failure=bad", 400, "failure")]
    [InlineData(RunningServices.AdminKey, "?failure=error,wrong_label", 400, "failure")]
    [InlineData(RunningServices.AdminKey, "?from=yesterday", 400, "from")]
    [InlineData(RunningServices.AdminKey, "?from=2001-03-02T00:00:00Z&to=2001-03-01T00:00:00Z", 400, "to")]
    public async Task Who_may_not_read_the_audit_log_reads_no_segments_and_what_is_wrong_is_named(string? key, string query, int status, string? field)
    {
        await using var services = await StartAsync();
        using var question = new HttpRequestMessage(HttpMethod.Get, $"/v1/models/flight-delay/failures/segments{query}");
        if (key is not null)
        {
            question.Headers.Add(ApiKey.Header, key);
        }

        using var answer = await services.HostOf(RunningServices.Monitoring).Client.SendAsync(question);

        Assert.Equal(status, (int)answer.StatusCode);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(field, (string?)problem["errors"]!.AsArray().FirstOrDefault()?["field"]);
    }

    private static async Task<RunningServices> StartAsync(Action<string, WebApplicationBuilder>? configure = null)
    {
        var services = await RunningServices.StartAsync(configure: configure);
        services.Watch();
        return services;
    }

    /// <summary>Version 1 is asked for by name, so that the fallback never answers.</summary>
    private static async Task<(HttpStatusCode Status, JsonNode Body)> PredictAsync(RunningServices services, string origin, string destination, string id, int i)
    {
        var flight = RunningServices.Flight();
        (flight["entities"]!["origin"]![0], flight["entities"]!["destination"]![0], flight["inputs"]!["distance_miles"]![0]) = (origin, destination, 300 + (i * 7 % 100));
        var (status, body) = await services.SendAsync(HttpMethod.Post, "/v1/models/flight-delay/predict?version=1", flight, ("x-correlation-id", id));
        return (status, body!);
    }

    private static async Task<JsonNode> AskAsync(RunningServices services, string query)
    {
        using var question = new HttpRequestMessage(HttpMethod.Get, $"/v1/models/flight-delay/failures/segments?{query}");
        question.Headers.Add(ApiKey.Header, RunningServices.AdminKey);
        using var answer = await services.HostOf(RunningServices.Monitoring).Client.SendAsync(question);
        answer.EnsureSuccessStatusCode();
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }
}
