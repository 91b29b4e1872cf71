using System.Net;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Gateway.Tests.Pipeline;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

/// <summary>The disk hangs while the key of a new subject is written; the log's own goes on.</summary>
public sealed class HeldKeysTests : IAsyncLifetime
{
    private const string Key = "operator-0123456789abcdef0123456789abcdef";

    private readonly HeldFsync disk = new(new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero));
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync(disk);
        await gateway.StopHostAsync();
        gateway.WriteModel("flight-delay", FlightPipeline.Json.Replace("\"inputs\"", "\"subject\": \"origin\", \"inputs\"", StringComparison.Ordinal));
        await gateway.StartHostAsync(("Access:Keys:operator:Secret", Key), ("Access:Keys:operator:Scopes", "predict,admin"));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync("ATL")).Status);
    }

    public async ValueTask DisposeAsync()
    {
        disk.Release();
        await gateway.DisposeAsync();
    }

    [Fact]
    public async Task A_new_subject_is_answered_504_at_its_deadline_one_that_has_its_key_at_once_and_the_failures_record_comes_when_the_disk_goes_on()
    {
        var sending = await HoldAsync();
        disk.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(sending.IsCompleted);

        disk.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal((HttpStatusCode.GatewayTimeout, "deadline_exceeded"), await sending.WithinAsync("the answer at the deadline"));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync("ATL").WithinAsync("an answer at once")).Status);
        disk.Release();
        await EventsAsync("prediction_audit", "prediction_audit", "prediction_failed");
        Assert.Equal(HttpStatusCode.OK, (await AskAsync("BNA")).Status);
    }

    [Fact]
    public async Task A_disk_that_hangs_makes_the_gateway_not_ready_and_no_key_is_made_or_erased_until_it_goes_on()
    {
        var sending = await HoldAsync("10000");
        disk.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(HttpStatusCode.OK, (await ReadyAsync()).Status);

        disk.Advance(TimeSpan.FromSeconds(1));

        var (status, reasons) = await ReadyAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("The key file of subjects has been writing for 5 s: its disk hangs.", reasons, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), await AskAsync("LAX").WithinAsync("an answer at once"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await EraseAsync().WithinAsync("an answer at once"));
        await Eventually.TrueAsync("a line that says so", () => gateway.Host.Logs.Named("audit_stalled").Any());
        Assert.False(sending.IsCompleted);
        disk.Release();
        Assert.Equal(HttpStatusCode.OK, (await sending.WithinAsync("the answer with its record")).Status);
        disk.Advance(TimeSpan.FromSeconds(1)); // readiness is asked anew
        Assert.Equal(HttpStatusCode.OK, (await ReadyAsync()).Status);
        Assert.Equal(HttpStatusCode.OK, await EraseAsync());
    }

    [Fact]
    public async Task An_erasure_is_told_to_ask_again_when_its_disk_hangs_and_is_done_when_it_goes_on()
    {
        var sending = await HoldAsync("10000");
        disk.Advance(TimeSpan.FromSeconds(1));
        var erasing = EraseAsync();
        await EventsAsync("prediction_audit", "subject_erased");
        disk.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await erasing.WithinAsync("an answer"));

        disk.Release();
        Assert.Equal(HttpStatusCode.OK, (await sending.WithinAsync("the answer with its record")).Status);
        await Eventually.TrueAsync("that nothing is left to erase", async () => await EraseAsync() == HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_erasure_is_not_recorded_before_the_key_that_it_names_is_on_disk()
    {
        var sending = await HoldAsync("10000");
        disk.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await EraseAsync("BNA").WithinAsync("an answer at once"));

        disk.Release();
        Assert.Equal(HttpStatusCode.OK, (await sending.WithinAsync("the answer with its record")).Status);
        await EventsAsync("prediction_audit", "prediction_audit");
        Assert.Equal(HttpStatusCode.OK, await EraseAsync("BNA"));
    }

    /// <returns>The request that waits.</returns>
    private async Task<Task<(HttpStatusCode Status, string? Code)>> HoldAsync(string timeout = "250")
    {
        var held = disk.HoldAsync(Path.Combine(gateway.AuditDirectory, "subjects.keys"));
        var sending = AskAsync("BNA", timeout);
        await held.WithinAsync("the disk to hang");
        return sending;
    }

    private async Task<(HttpStatusCode Status, string? Code)> AskAsync(string origin, string timeout = "10000")
    {
        var request = RunningGateway.Request(700);
        request["entities"]!["origin"]![0] = origin;
        var (response, body) = await gateway.PostAsync(request, headers: ("x-request-timeout-ms", timeout));
        return (response.StatusCode, (string?)body["code"]);
    }

    private async Task<HttpStatusCode> EraseAsync(string origin = "ATL")
    {
        using var message = new HttpRequestMessage(HttpMethod.Delete, $"/v1/subjects/origin:{origin}");
        message.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private async Task<(HttpStatusCode Status, string Reasons)> ReadyAsync()
    {
        using var ready = await gateway.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        return (ready.StatusCode, await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private Task EventsAsync(params string[] expected) => Eventually.TrueAsync($"the records {string.Join(", ", expected)}", async () =>
        (await gateway.AuditAsync()).Select(record => (string)JsonNode.Parse(record)!["event"]!).SequenceEqual(expected));
}
