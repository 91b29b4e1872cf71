using System.Net;
using System.Net.Http.Json;
using System.Text;
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

    [Theory]
    [InlineData("/")]
    [InlineData("/logs")]
    [InlineData("/failures")]
    [InlineData("/v1/logs")]
    [InlineData("/v1/log-rules")]
    [InlineData("/v1/rollouts")]
    [InlineData("/v1/models/flight-delay/summary")]
    public async Task What_is_read_needs_a_known_key_too_which_a_browser_asks_for_as_a_password(string path)
    {
        await using var monitoring = await RunningMonitoring.StartAsync(("Access:Keys:flights:Secret", Key));

        using var refused = await GetAsync(monitoring, path, null);
        Assert.Equal((HttpStatusCode.Unauthorized, "Bearer, Basic realm=\"MlAspire\", charset=\"UTF-8\""), (refused.StatusCode, string.Join(", ", refused.Headers.GetValues("www-authenticate"))));
        foreach (var (authorization, known) in ((string, bool)[])[($"Bearer {Key}", true), (Basic($"anyone:{Key}"), true), (Basic($"anyone:{Key}0"), false), (Basic(Key), false), ("Basic ?", false), (Basic(new string('a', 4_000)), false)])
        {
            using var answer = await GetAsync(monitoring, path, authorization);
            Assert.Equal(!known, answer.StatusCode == HttpStatusCode.Unauthorized);
        }
    }

    [Fact]
    public async Task A_password_is_no_key_for_what_changes_something()
    {
        await using var monitoring = await RunningMonitoring.StartAsync(("Access:Keys:flights:Secret", Key));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/feedback") { Content = new StringContent(Labels, null, "application/json") };
        request.Headers.Add("authorization", Basic($"anyone:{Key}"));

        using var answer = await monitoring.Host.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    [InlineData("/openapi.json")]
    [InlineData("/v1/system-health")]
    public async Task Those_who_run_it_need_no_key(string path)
    {
        await using var monitoring = await RunningMonitoring.StartAsync(("Access:Keys:flights:Secret", Key));

        using var answer = await GetAsync(monitoring, path, null);

        Assert.NotEqual(HttpStatusCode.Unauthorized, answer.StatusCode);
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

    private static string Basic(string text) => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}";

    private static async Task<HttpResponseMessage> GetAsync(RunningMonitoring monitoring, string path, string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("authorization", authorization);
        }

        return await monitoring.Host.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<HttpStatusCode> FeedbackAsync(RunningMonitoring monitoring, string body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/feedback") { Content = new StringContent(body, null, "application/json") };
        request.Headers.Add("x-api-key", key);
        using var response = await monitoring.Host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
