using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.Logging;
using MlAspire.Monitoring.Tests.Hosting;

namespace MlAspire.Monitoring.Tests.Access;

/// <summary>Anyone may reach Monitoring.</summary>
public sealed class AccessTests
{
    private const string Key = "flights-0123456789abcdef0123456789abcdef";
    private const string Labels = """{"labels":[{"prediction_id":"p","positive":true}]}""";

    [Theory]
    [InlineData(Labels)]
    [InlineData("not even JSON")]
    public async Task A_label_needs_a_known_key_before_anything_else(string body)
    {
        await using var monitoring = await RunningMonitoring.StartAsync(("Access:Keys:flights:Secret", Key));

        Assert.Equal(HttpStatusCode.Unauthorized, await FeedbackAsync(monitoring, body, ""));
        Assert.Equal(HttpStatusCode.Unauthorized, await FeedbackAsync(monitoring, body, Key + "0"));
        Assert.Equal(body == Labels ? HttpStatusCode.OK : HttpStatusCode.BadRequest, await FeedbackAsync(monitoring, body, Key));
        Assert.Empty(monitoring.Host.Logs.Named("writes_open"));
    }

    [Fact]
    public async Task Without_keys_anyone_may_send_labels_and_the_log_says_so()
    {
        await using var monitoring = await RunningMonitoring.StartAsync();

        Assert.Equal(HttpStatusCode.OK, await FeedbackAsync(monitoring, Labels, ""));
        Assert.Equal(LogLevel.Warning, Assert.Single(monitoring.Host.Logs.Named("writes_open")).Level);
    }

    [Fact]
    public async Task What_a_caller_says_of_telemetry_and_of_whose_request_it_is_does_not_count()
    {
        await using var monitoring = await RunningMonitoring.StartAsync(("Telemetry:Level", "Basic"));
        var foreign = new string('f', 32);
        using var message = new HttpRequestMessage(HttpMethod.Get, "/v1/log-rules");
        message.Headers.Add("x-telemetry-detail", "verbose");
        message.Headers.Add("x-user-pseudonym", foreign);
        message.Headers.Add("x-session-pseudonym", foreign);

        (await monitoring.Host.Client.SendAsync(message, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        using var kept = await monitoring.Host.Client.PostAsJsonAsync("/telemetry/keep", new { traces = new[] { foreign } }, TestContext.Current.CancellationToken);

        var line = Assert.Single(monitoring.Host.Logs.Named("request_completed"), each => Equals(each.Fields["Route"], "/v1/log-rules"));
        Assert.Null(line.Fields.GetValueOrDefault("detail"));
        Assert.DoesNotContain(monitoring.Host.Logs.Events, each => each.Fields.Values.Contains(foreign));
        Assert.Equal(HttpStatusCode.NotFound, kept.StatusCode);
    }

    private static async Task<HttpStatusCode> FeedbackAsync(RunningMonitoring monitoring, string body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/feedback") { Content = new StringContent(body, null, "application/json") };
        request.Headers.Add("x-api-key", key);
        using var response = await monitoring.Host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
