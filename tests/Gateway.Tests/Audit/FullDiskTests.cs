using System.Net;
using MlAspire.Gateway.Tests.Hosting;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class FullDiskTests
{
    [Fact]
    public async Task When_the_disk_is_full_there_is_no_200_without_its_record_and_the_gateway_is_not_ready()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.StopHostAsync();
        await using var process = await GatewayProcess.StartAsync(gateway.Settings, largestFileKilobytes: 4);
        var answers = new List<HttpStatusCode>();

        for (var i = 0; i < 10; i++)
        {
            var (response, _) = await RunningGateway.PostAsync(process.Client, RunningGateway.Request(i));
            answers.Add(response.StatusCode);
        }

        var (last, body) = await RunningGateway.PostAsync(process.Client, RunningGateway.Request(1));
        using var ready = await process.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        var records = await gateway.AuditAsync();
        Assert.InRange(records.Length, 1, 9);
        Assert.Equal([.. Enumerable.Repeat(HttpStatusCode.OK, records.Length), .. Enumerable.Repeat(HttpStatusCode.ServiceUnavailable, 10 - records.Length)], answers);
        Assert.All(records, record => Assert.EndsWith("}", record, StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (last.StatusCode, (string?)body["code"]));
        Assert.NotNull(last.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("audit log cannot be written", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_best_effort_mode_what_cannot_be_recorded_is_answered_and_says_so_and_readiness_is_degraded()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.StopHostAsync();
        await using var process = await GatewayProcess.StartAsync([.. gateway.Settings, ("Audit:Mode", "BestEffort")], largestFileKilobytes: 4);
        var recorded = 0;

        for (var i = 0; i < 10; i++)
        {
            var (response, body) = await RunningGateway.PostAsync(process.Client, RunningGateway.Request(i));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            recorded += body.AsObject()["audit"] is null ? 0 : 1;
        }

        using var ready = await process.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.InRange(recorded, 1, 9);
        Assert.Equal(recorded, (await gateway.AuditAsync()).Length);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Contains("predictions are answered without a record", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
