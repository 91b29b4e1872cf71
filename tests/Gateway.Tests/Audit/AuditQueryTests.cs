using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.Gateway.Tests.Hosting;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class AuditQueryTests : IAsyncLifetime
{
    private const string Key = "auditor-0123456789abcdef0123456789abcdef";

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync(null, ("Access:Keys:auditor:Secret", Key), ("Access:Keys:auditor:Scopes", "audit.read,admin"));
        await gateway.PostAsync(RunningGateway.Request(1, 2), headers: ("x-correlation-id", "c-1"));
        await gateway.PostAsync(RunningGateway.Request(3), $"{RunningGateway.Predict}?version=2", ("x-correlation-id", "c-2"));
        var other = RunningGateway.Request(4);
        other["entities"]!["origin"]![0] = "BNA";
        await gateway.PostAsync(other, headers: ("x-correlation-id", "c-3"));
    }

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Theory]
    [InlineData("", "6,5,4,3,2,1,0")]
    [InlineData("correlation_id=c-1", "3,2,1")]
    [InlineData("model=flight-delay&model_version=2", "5,4")]
    [InlineData("model_version=3", "6,3,2,1")]
    [InlineData("entity.origin=ATL", "4,2,1")]
    [InlineData("entity.origin=BNA&entity.destination=LAX", "6")]
    [InlineData("entity.origin=LAX", "")] // it is in every record, as a destination
    [InlineData("entity.carrier=ATL", "")]
    [InlineData("correlation_id=c-%22", "")]
    [InlineData("caller=anonymous&limit=1", "6")]
    [InlineData("before=2", "1,0")]
    [InlineData("before=0", "")]
    [InlineData("from=2001-01-01T00:00Z&to=2200-01-01T00:00Z", "6,5,4,3,2,1,0")]
    [InlineData("to=2001-01-01T00:00Z", "")]
    [InlineData("from=2200-01-01T00:00Z", "")]
    public async Task Records_are_found_by_what_they_say_newest_first(string query, string indices)
    {
        var (_, page) = await GetAsync(query);

        Assert.Equal(indices, string.Join(',', page["records"]!.AsArray().Select(record => (int)record!["index"]!)));
    }

    [Fact]
    public async Task Pages_lead_to_the_log_s_beginning()
    {
        List<int> seen = [];
        for (long? before = long.MaxValue; before is not null;)
        {
            var (_, page) = await GetAsync($"limit=1&before={before}");
            seen.AddRange(page["records"]!.AsArray().Select(record => (int)record!["index"]!));
            before = (long?)page["before"];
        }

        Assert.Equal([6, 5, 4, 3, 2, 1, 0], seen);
    }

    [Theory]
    [InlineData("colour=red", "colour")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("before=-1", "before")]
    [InlineData("from=2001-01-01T00:00", "from")]
    [InlineData("to=yesterday", "to")]
    [InlineData("model=a&model=b", "model")]
    public async Task A_question_that_is_not_understood_is_refused_by_name(string query, string field)
    {
        var (status, problem) = await GetAsync(query);

        Assert.Equal((HttpStatusCode.BadRequest, field), (status, (string)problem["errors"]![0]!["field"]!));
    }

    [Fact]
    public async Task As_many_questions_as_may_be_are_in_progress_and_as_many_exports_beside_them_and_one_more_is_to_come_again()
    {
        var scans = gateway.Host.Services.GetRequiredService<AuditScans>();

        var questions = Enumerable.Range(0, AuditScans.Most).Select(_ => scans.Enter()).ToList();
        var (records, _) = await GetAsync("");
        using var beside = await ExportAsync();
        using var another = new HttpRequestMessage(HttpMethod.Get, "/v1/audit/state") { Headers = { { "x-api-key", Key } } };
        using var state = await gateway.Client.SendAsync(another, TestContext.Current.CancellationToken);
        questions[0].Dispose();
        var exports = Enumerable.Range(0, AuditScans.MostExports).Select(_ => scans.EnterExport()).ToList();
        using var export = await ExportAsync();
        var (again, _) = await GetAsync(""); // however slowly they are read
        exports[0].Dispose();
        using var after = await ExportAsync();

        Assert.Equal((HttpStatusCode.TooManyRequests, HttpStatusCode.TooManyRequests, HttpStatusCode.OK), (records, state.StatusCode, beside.StatusCode));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (again, export.StatusCode));
        Assert.NotNull(export.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);

        async Task<HttpResponseMessage> ExportAsync()
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, "/v1/audit/export") { Headers = { { "x-api-key", Key } } };
            return await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_long_question_lets_others_have_its_thread()
    {
        await gateway.PostAsync(RunningGateway.Request([.. Enumerable.Range(0, 600).Select(row => (double)row)]));
        var services = gateway.Host.Services;
        var others = new Counting();
        var before = SynchronizationContext.Current;
        Task<AuditPage> asking;
        try
        {
            SynchronizationContext.SetSynchronizationContext(others);
            asking = AuditQuery.Parse(new QueryCollection(new Dictionary<string, StringValues> { ["limit"] = "1000" })).RunAsync(services.GetRequiredService<AuditLog>(), services.GetRequiredService<SubjectKeys>(), TestContext.Current.CancellationToken);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        others.RunAll();
        Assert.Equal((607, 2), ((await asking).Records.Count, others.Posted)); // at 512 and at 256
    }

    private async Task<(HttpStatusCode Status, JsonNode Body)> GetAsync(string query)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, $"/v1/audit/records?{query}");
        message.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        return (response.StatusCode, await RunningGateway.BodyOfAsync(response));
    }

    /// <summary>Runs what gave up its thread when it is told to.</summary>
    private sealed class Counting : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> waiting = [];

        public int Posted { get; private set; }

        public override void Post(SendOrPostCallback d, object? state)
        {
            Posted++;
            waiting.Enqueue((d, state));
        }

        public void RunAll()
        {
            var before = Current;
            SetSynchronizationContext(this);
            while (waiting.TryDequeue(out var next))
            {
                next.Callback(next.State);
            }

            SetSynchronizationContext(before);
        }
    }
}
