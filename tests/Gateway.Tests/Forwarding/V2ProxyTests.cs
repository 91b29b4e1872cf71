using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Forwarding;

public sealed class V2ProxyTests : IAsyncLifetime
{
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync();

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task A_V2_request_and_its_answer_go_through_as_they_are_with_the_correlation_id()
    {
        gateway.Inference.Answer = async (_, response) =>
        {
            response.StatusCode = 418;
            response.Headers["Inference-Header-Content-Length"] = "2";
            response.Headers["x-correlation-id"] = "theirs";
            await response.WriteAsync("answer");
        };
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v2/models/a%20b/infer?x=1") { Content = new ByteArrayContent([0, 255, 1]) };
        message.Headers.Add("x-correlation-id", "c-7");
        message.Content.Headers.Add("Inference-Header-Content-Length", "1");

        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);

        var asked = Assert.Single(gateway.Inference.Requests);
        Assert.Equal(("POST", "/v2/models/a%20b/infer?x=1", "c-7", "1"), (asked.Method, asked.Path, asked.Header("x-correlation-id"), asked.Header("Inference-Header-Content-Length")));
        Assert.Equal([0, 255, 1], asked.Body);
        Assert.Equal(418, (int)response.StatusCode);
        Assert.Equal("answer", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["2"], response.Headers.TryGetValues("Inference-Header-Content-Length", out var length) ? length : []);
        Assert.Equal(["c-7"], response.Headers.GetValues("x-correlation-id"));
    }

    [Fact]
    public async Task What_a_caller_says_of_telemetry_does_not_get_inside_and_what_is_said_inside_not_to_the_caller()
    {
        gateway.Inference.Answer = (_, response) =>
        {
            response.Headers["x-telemetry-detail"] = "keep";
            return Task.CompletedTask;
        };
        using var message = new HttpRequestMessage(HttpMethod.Get, "/v2/health/live");
        message.Headers.Add("x-telemetry-detail", "verbose");
        message.Headers.Add("x-user-id", "4711");
        message.Headers.Add("x-session-pseudonym", new string('f', 32));

        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);

        var inside = Assert.Single(gateway.Inference.Requests);
        Assert.Equal("keep", inside.Header("x-telemetry-detail")); // the gateway's own word: it tells everything
        Assert.Equal((null, null), (inside.Header("x-user-id"), inside.Header("x-session-pseudonym")));
        Assert.Matches("^[0-9a-f]{32}$", inside.Header("x-user-pseudonym"));
        Assert.False(response.Headers.Contains("x-telemetry-detail"));
    }

    [Fact]
    public async Task Whose_key_it_is_and_what_a_browser_keeps_stays_with_the_gateway()
    {
        await gateway.StopHostAsync();
        const string Key = "caller-0123456789abcdef0123456789abcdef";
        gateway.Inference.Answer = (_, _) => Task.CompletedTask;
        await gateway.StartHostAsync(("Access:Keys:caller:Secret", Key), ("Access:Keys:caller:Scopes", "predict"));
        foreach (var (name, value) in new[] { ("x-api-key", Key), ("authorization", $"Bearer {Key}") })
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, "/v2/health/live");
            message.Headers.Add(name, value);
            message.Headers.Add("cookie", "session=1");
            (await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        }

        Assert.Equal(2, gateway.Inference.Requests.Count);
        Assert.All(gateway.Inference.Requests, asked => Assert.Equal((null, null, null), (asked.Header("x-api-key"), asked.Header("authorization"), asked.Header("cookie"))));
    }

    [Fact]
    public async Task A_correlation_id_is_made_and_passed_on_when_the_caller_has_none()
    {
        using var response = await gateway.Client.GetAsync("/v2/health/live", TestContext.Current.CancellationToken);

        Assert.Equal(response.Headers.GetValues("x-correlation-id"), [Assert.Single(gateway.Inference.Requests).Header("x-correlation-id")!]);
    }

    [Fact]
    public async Task An_error_of_the_model_server_keeps_its_own_words()
    {
        gateway.Inference.Answer = async (_, response) =>
        {
            response.StatusCode = 404;
            await response.WriteAsJsonAsync(new { error = "unknown model" });
        };

        using var response = await gateway.Client.GetAsync("/v2/models/nobody", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("""{"error":"unknown model"}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_model_server_that_is_away_is_503_in_the_words_of_V2()
    {
        await gateway.Inference.DisposeAsync();

        using var response = await gateway.Client.GetAsync("/v2/models", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("""{"error":"The service inference cannot be reached.","code":"unavailable"}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Theory]
    [InlineData("/v2/models/m/infer")]
    [InlineData("/v2/repository/models/m/load")]
    public async Task A_body_over_the_limit_is_413_that_names_it(string path)
    {
        const string Key = "operator-0123456789abcdef0123456789abcdef";
        await gateway.StopHostAsync();
        await gateway.StartHostAsync(("Limits:ForwardedBodyBytes", "1024"), ("Access:Keys:operator:Secret", Key), ("Access:Keys:operator:Scopes", "predict,admin"));
        gateway.Inference.Answer = (_, _) => Task.CompletedTask;

        using var whole = await PostAsync(1_024);
        using var larger = await PostAsync(1_025);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.RequestEntityTooLarge), (whole.StatusCode, larger.StatusCode));
        Assert.Equal("""{"error":"The body is larger than 1024 bytes.","code":"payload_too_large"}""", await larger.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Null(larger.Headers.RetryAfter);

        async Task<HttpResponseMessage> PostAsync(int bytes)
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(new byte[bytes]) };
            message.Headers.Add("x-api-key", Key);
            message.Headers.ExpectContinue = true; // else the connection may be reset under the client while it still sends
            return await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_body_of_more_than_Kestrels_own_limit_goes_through()
    {
        const int Bytes = 30_000_001;
        gateway.Inference.Answer = (_, _) => Task.CompletedTask;
        using var content = new ByteArrayContent(new byte[Bytes]);

        using var response = await gateway.Client.PostAsync("/v2/models/m/infer", content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_large_answer_is_streamed_and_not_held()
    {
        var rest = new TaskCompletionSource();
        gateway.Inference.Answer = async (_, response) =>
        {
            await response.Body.WriteAsync("first"u8.ToArray());
            await response.Body.FlushAsync();
            await rest.Task;
            await response.Body.WriteAsync("second"u8.ToArray());
        };

        using var response = await gateway.Client.GetAsync("/v2/slow", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var first = new byte[5];
        await body.ReadExactlyAsync(first, TestContext.Current.CancellationToken).AsTask().WithinAsync("the first part before the second is there");
        rest.SetResult();
        using var reader = new StreamReader(body);

        Assert.Equal(("first", "second"), (Encoding.UTF8.GetString(first), await reader.ReadToEndAsync(TestContext.Current.CancellationToken)));
    }
}
