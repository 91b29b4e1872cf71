using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Tests.Hosting;

namespace MlAspire.Gateway.Tests.Access;

public sealed class AccessTests(AccessTests.Fixture fixture) : IClassFixture<AccessTests.Fixture>
{
    private const string Predictor = "predictor-0123456789abcdef0123456789abcdef";
    private const string Auditor = "auditor-0123456789abcdef0123456789abcdef";
    private const string Operator = "operator-0123456789abcdef0123456789abcdef";
    private const string Judge = "judge-0123456789abcdef0123456789abcdef";

    private readonly RunningGateway gateway = fixture.Gateway;

    [Theory]
    [InlineData("authorization", "Bearer " + Predictor)]
    [InlineData("authorization", "bearer " + Predictor)]
    [InlineData("x-api-key", Predictor)]
    public async Task A_key_with_the_scope_opens_the_route_and_its_name_is_in_the_record(string header, string value)
    {
        var (response, _) = await gateway.PostAsync(RunningGateway.Request(1), headers: (header, value));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("predictor", (string)JsonNode.Parse((await gateway.AuditAsync())[^1])!["caller"]!);
    }

    [Theory]
    [InlineData(null, null, 401, "unauthenticated")]
    [InlineData("x-api-key", "predictor-0123456789abcdef0123456789abcdeg", 401, "unauthenticated")]
    [InlineData("x-api-key", "x", 401, "unauthenticated")]
    [InlineData("authorization", "Basic dTpw", 401, "unauthenticated")]
    [InlineData("authorization", "Bearer", 401, "unauthenticated")]
    [InlineData("x-api-key", Auditor, 403, "permission_denied")]
    public async Task Without_a_key_that_may_there_is_no_prediction(string? header, string? value, int status, string code)
    {
        var asked = gateway.Inference.Requests.Count;
        var (response, body) = await gateway.PostAsync(RunningGateway.Request(1), headers: header is null ? [] : [(header, value!)]);

        Assert.Equal((status, code), ((int)response.StatusCode, (string)body["code"]!));
        Assert.Equal(status == 401 ? ["Bearer"] : [], response.Headers.WwwAuthenticate.Select(scheme => scheme.Scheme));
        Assert.Equal(asked, gateway.Inference.Requests.Count);
    }

    [Theory]
    [InlineData("GET", "/v2/models/flight-delay", Predictor, true)]
    [InlineData("POST", "/v2/models/flight-delay/infer", Predictor, true)]
    [InlineData("POST", "/v2/models/flight-delay/versions/1/infer", Predictor, true)]
    [InlineData("POST", "/v2/repository/models/flight-delay/unload", Predictor, false)]
    [InlineData("POST", "/v2/logging", Predictor, false)]
    [InlineData("POST", "/v2/repository/models/flight-delay/unload", Operator, true)]
    [InlineData("GET", "/v2/models/flight-delay", Auditor, false)]
    public async Task V2_asks_for_predict_to_read_and_infer_and_for_admin_to_change(string method, string path, string key, bool allowed)
    {
        gateway.Inference.Answer = (asked, response) => asked.Path.EndsWith("infer", StringComparison.Ordinal) && asked.Body.Length > 0 ? InferenceStandIn.AnswerAsync(asked, response) : Task.CompletedTask;
        using var message = new HttpRequestMessage(new(method), path);
        message.Headers.Add("x-api-key", key);

        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);

        Assert.Equal(allowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Theory]
    [InlineData("POST", "promote", true)]
    [InlineData("POST", "roll-back", true)]
    [InlineData("POST", "pause", true)]
    [InlineData("POST", "resume", true)]
    [InlineData("PUT", "", false)]
    public async Task Who_judges_canaries_may_end_and_pause_them_and_nothing_else(string method, string path, bool allowed)
    {
        using var message = new HttpRequestMessage(new(method), $"/v1/models/flight-delay/route/{path}");
        message.Headers.Add("x-api-key", Judge);

        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);

        Assert.Equal(allowed ? HttpStatusCode.BadRequest : HttpStatusCode.Forbidden, response.StatusCode); // there is no canary
    }

    [Fact]
    public async Task Health_needs_no_key()
    {
        using var response = await gateway.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Answers_carry_the_secure_headers_and_no_server_name_also_when_they_refuse()
    {
        var (response, _) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(["DENY"], response.Headers.GetValues("X-Frame-Options"));
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        Assert.False(response.Headers.Contains("Server"));
    }

    [Fact]
    public async Task A_page_of_another_origin_is_told_nothing_that_lets_it_in()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, RunningGateway.Predict);
        preflight.Headers.Add("Origin", "https://elsewhere.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        using var asked = await gateway.Client.SendAsync(preflight, TestContext.Current.CancellationToken);
        var (answered, _) = await gateway.PostAsync(RunningGateway.Request(1), headers: [("x-api-key", Predictor), ("Origin", "https://elsewhere.example")]);

        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        Assert.DoesNotContain(asked.Headers.Concat(answered.Headers), header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task No_key_is_in_any_log_line()
    {
        await gateway.PostAsync(RunningGateway.Request(1), headers: ("x-api-key", Predictor));
        await gateway.PostAsync(RunningGateway.Request(1), headers: ("x-api-key", "wrong-0123456789abcdef0123456789abcdef"));

        Assert.DoesNotContain(gateway.Host.Logs.Events, log => $"{log.Message} {string.Join(' ', log.Fields.Values)}".Contains("0123456789abcdef", StringComparison.Ordinal));
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal RunningGateway Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Gateway = await RunningGateway.StartAsync(null,
            ("Access:Anonymous", ""),
            ("Access:Keys:predictor:Sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Predictor)))), ("Access:Keys:predictor:Scopes", "predict"),
            ("Access:Keys:auditor:Secret", Auditor), ("Access:Keys:auditor:Scopes", "audit.read"),
            ("Access:Keys:judge:Secret", Judge), ("Access:Keys:judge:Scopes", "rollout"),
            ("Access:Keys:operator:Secret", Operator), ("Access:Keys:operator:Scopes", "predict, audit.read, admin"));

        public async ValueTask DisposeAsync() => await Gateway.DisposeAsync();
    }
}
