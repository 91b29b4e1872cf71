using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Detail;

public sealed class DetailTests
{
    private static readonly string[] Unsampled = ["--Telemetry:Level=Standard", "--Telemetry:SampledShare=0"];

    [Fact]
    public async Task A_quiet_request_leaves_its_one_line_in_each_service()
    {
        await using var services = await TwoServices.StartAsync(Unsampled);

        var id = await services.AskAsync("quiet", "quiet");

        Assert.Equal(["request_completed"], await services.EventsAsync("front", id, "request_completed"));
        Assert.Equal(["request_completed"], await services.EventsAsync("behind", id, "request_completed"));
    }

    [Theory]
    [InlineData("error", "request_failed")]
    [InlineData("warn", "warned")]
    [InlineData("slow", "request_completed")]
    public async Task A_request_that_is_worth_it_at_the_edge_is_told_in_full_and_in_order_by_every_service(string what, string last)
    {
        await using var services = await TwoServices.StartAsync(Unsampled);

        var id = await services.AskAsync(what, "quiet");

        var expected = what switch
        {
            "error" => "did request_failed request_completed",
            "warn" => "did warned did request_completed",
            _ => "did did request_completed",
        };
        Assert.Equal(expected.Split(' '), await services.EventsAsync("front", id, last, "request_completed"));
        Assert.Equal(["request_completed", "did", "did"], await services.EventsAsync("behind", id, "did"));
        var lines = services.Lines("behind").Where(line => line.TryGetProperty("correlation_id", out var of) && of.GetString() == id).ToList();
        Assert.Equal([1, 1_000], lines.Where(line => line.TryGetProperty("number", out _)).Select(line => line.GetProperty("number").GetInt32()));
        Assert.Single(lines.Select(line => line.GetProperty("trace_id").GetString()).Distinct());
    }

    [Fact]
    public async Task Over_OTLP_too_it_is_told_in_full_with_its_ids_and_times_and_of_a_quiet_one_there_is_its_one_line()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var services = await TwoServices.StartAsync([.. Unsampled, .. collector.Arguments]);

        var quiet = await services.AskAsync("quiet", "quiet");
        var id = await services.AskAsync("error", "quiet");

        var lines = await Eventually.ValueAsync("the lines of both services", () => Task.FromResult(Of(id) is { Length: 6 } all ? all : null));
        Assert.Equal(["Did 1"], DoneBy("front"));
        Assert.Equal(["Did 1", "Did 1000"], DoneBy("behind"));
        Assert.Single(lines.Select(line => line.TraceId).Distinct());
        Assert.Equal(["behind", "front"], Of(quiet).Select(line => line.Service).Order());

        IEnumerable<string> DoneBy(string service) => lines.Where(line => line.Service == service && line.Body.StartsWith("Did", StringComparison.Ordinal)).OrderBy(line => line.Time).Select(line => line.Body);
        OtlpLine[] Of(string id) => [.. collector.Lines.Where(line => line.Attributes.GetValueOrDefault("correlation_id") == id)];
    }

    [Fact]
    public async Task Of_several_replicas_the_one_that_was_called_hears_the_verdict()
    {
        await using var services = await TwoServices.StartAsync(replicas: 2, Unsampled);

        for (var request = 0; request < 6; request++)
        {
            var id = await services.AskAsync("error", "quiet");
            var called = await Eventually.ValueAsync("a replica's line", () => Task.FromResult(
                services.Names.SingleOrDefault(name => services.Lines(name).Any(line => line.TryGetProperty("correlation_id", out var of) && of.GetString() == id))));
            Assert.Equal(["request_completed", "did", "did"], await services.EventsAsync(called, id, "did"));
        }
    }

    [Fact]
    public async Task A_failure_behind_is_told_in_full_at_the_edge_too_although_its_answer_was_good()
    {
        await using var services = await TwoServices.StartAsync(Unsampled);

        var id = await services.AskAsync("quiet", "error");

        Assert.Equal(["did", "request_failed", "request_completed"], await services.EventsAsync("behind", id, "request_completed"));
        Assert.Equal(["did", "did", "request_completed"], await services.EventsAsync("front", id, "request_completed"));
        Assert.Equal("callee", services.Lines("front").Last(line => line.TryGetProperty("detail", out _)).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_call_that_fails_has_the_trace_told_and_one_that_is_cancelled_has_not()
    {
        using var failing = new HttpMessageInvoker(new DetailHandler { InnerHandler = new Broken(new HttpRequestException("gone")) });
        using var cancelled = new HttpMessageInvoker(new DetailHandler { InnerHandler = new Broken(new OperationCanceledException()) });
        var detail = new RequestDetail(1);
        detail.Enter(null);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://behind:80/work");

        await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled.SendAsync(request, TestContext.Current.CancellationToken));
        Assert.Null(detail.Reason);
        await Assert.ThrowsAsync<HttpRequestException>(() => failing.SendAsync(request, TestContext.Current.CancellationToken));

        Assert.Equal("callee", detail.Reason);
    }

    [Fact]
    public void A_call_before_the_verdict_is_told_it_later_and_one_behind_it_says_it()
    {
        var detail = new RequestDetail(1);

        Assert.Equal("pending", detail.Call(new Uri("http://behind:8080/work")));
        detail.Keep("warning");
        Assert.Equal("keep", detail.Call(new Uri("http://other:8080/work")));
        detail.Keep("verbose", verbose: true);
        Assert.Equal("verbose", detail.Call(new Uri("http://third:8080/work")));

        Assert.Equal(["http://behind:8080"], detail.Callees);
    }

    [Theory]
    [InlineData("refuse")]
    [InlineData("quiet")]
    public async Task What_the_caller_did_wrong_or_says_of_the_verdict_changes_nothing_at_the_edge(string what)
    {
        await using var services = await TwoServices.StartAsync(Unsampled);

        var id = await services.AskAsync(what, "quiet", header: "verbose");

        Assert.Equal(["request_completed"], await services.EventsAsync("front", id, "request_completed"));
    }

    [Fact]
    public async Task Of_more_lines_than_are_held_the_newest_are_told_and_the_others_counted()
    {
        await using var services = await TwoServices.StartAsync([.. Unsampled, "--Telemetry:MaxHeldPerRequest=100"]);
        using var metrics = new RecordedMetrics(services.Front.Services.GetRequiredService<IMeterFactory>());

        var id = await services.AskAsync("many", "error");

        // The callee's error is known before the lines are made: none is held.
        Assert.Equal(302, (await services.EventsAsync("front", id, "request_completed")).Length);
        Assert.Equal(0, metrics.Now("telemetry.dropped", ("reason", "ring_full")));

        var detail = new RequestDetail(2);
        var items = Enumerable.Range(0, 5).Select(_ => new Item()).ToArray();
        Array.ForEach(items[..4], detail.Add);
        detail.Keep("error");
        detail.Add(items[4]);
        detail.Discard();
        Assert.Equal(["full", "full", "released", "released", "released"], items.Select(item => item.Fate));
    }

    [Theory]
    [InlineData("Basic", "request_completed")]
    [InlineData("Standard", "request_completed")]
    [InlineData("Full", "did did request_completed")]
    public async Task Each_level_tells_what_it_says_of_a_quiet_request(string level, string expected)
    {
        await using var services = await TwoServices.StartAsync($"--Telemetry:Level={level}", "--Telemetry:SampledShare=0");

        var id = await services.AskAsync("quiet", "quiet");

        Assert.Equal(expected.Split(' '), await services.EventsAsync("front", id, "request_completed"));
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Standard")]
    [InlineData("Full")]
    public async Task A_request_that_is_asked_about_is_told_with_its_Debug_lines_in_both_services_at_every_level(string level)
    {
        await using var services = await TwoServices.StartAsync($"--Telemetry:Level={level}", "--Telemetry:SampledShare=0");

        var id = await services.AskAsync("ask", "quiet");
        var other = await services.AskAsync("quiet", "quiet");

        Assert.Equal(["did", "looked", "did", "request_completed"], await services.EventsAsync("front", id, "request_completed"));
        Assert.Equal(["did", "looked", "did", "request_completed"], await services.EventsAsync("behind", id, "request_completed"));
        Assert.DoesNotContain("looked", (string[])[.. await services.EventsAsync("front", other, "request_completed"), .. await services.EventsAsync("behind", other, "request_completed")]);
    }

    [Fact]
    public async Task Basic_tells_a_warning_without_what_led_to_it()
    {
        await using var services = await TwoServices.StartAsync("--Telemetry:Level=Basic");

        var id = await services.AskAsync("warn", "quiet");

        Assert.Equal(["warned", "request_completed"], await services.EventsAsync("front", id, "request_completed"));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0.05, 435, 565)] // 10,000 x 0.05 = 500, and 3 standard deviations of sqrt(10,000 x 0.05 x 0.95) = 21.8
    [InlineData(1, 10_000, 10_000)]
    public void The_sample_has_its_share_of_the_traces(double share, int least, int most)
    {
        var random = new Random(7);
        var id = new byte[16];
        var sampled = 0;
        for (var trace = 0; trace < 10_000; trace++)
        {
            random.NextBytes(id);
            sampled += DetailMiddleware.IsSampled(ActivityTraceId.CreateFromBytes(id), share) ? 1 : 0;
        }

        Assert.InRange(sampled, least, most);
    }

    [Fact]
    public async Task Every_line_is_exported_sampled_dropped_or_in_flight_under_load_cancellation_and_failures()
    {
        await using var services = await TwoServices.StartAsync([.. Unsampled, "--Telemetry:MaxHeldPerRequest=50", "--Telemetry:MaxWaiting=16", "--Telemetry:MaxWait=00:00:01", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=None", "--Logging:LogLevel:MlAspire.ServiceDefaults.Tests=None"]); // no line before it is counted here
        using var front = new RecordedMetrics(services.Front.Services.GetRequiredService<IMeterFactory>());
        using var behind = new RecordedMetrics(services.Behind.Services.GetRequiredService<IMeterFactory>());
        string[] what = ["quiet", "error", "refuse", "warn", "many"];

        await Parallel.ForEachAsync(Enumerable.Range(0, 200), async (number, _) =>
        {
            using var leave = new CancellationTokenSource();
            var call = services.Front.Client.GetAsync($"/work?front={what[number % 5]}&behind={what[number / 5 % 5]}", leave.Token);
            if (number % 7 == 0)
            {
                await leave.CancelAsync();
            }

            await call.ContinueWith(ended => ended.Exception, TaskScheduler.Default);
        });

        foreach (var metrics in new[] { front, behind })
        {
            await Eventually.TrueAsync("nothing to be in flight", () => Of("telemetry.in_flight") == 0);
            Assert.Equal(Of("telemetry.produced"), Of("telemetry.exported") + Of("telemetry.sampled") + Of("telemetry.dropped"));
            Assert.True(Of("telemetry.sampled") > 0 && Of("telemetry.dropped") > 0 && Of("telemetry.exported") > 200);

            double Of(string name) => metrics.Now(name, ("signal", "logs"), ("sink", "file"));
        }
    }

    private sealed class Broken(Exception why) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromException<HttpResponseMessage>(why);
    }

    private sealed class Item() : Held(new SinkFlow())
    {
        public string Fate { get; private set; } = "held";

        public override void Release() => Fate = "released";

        public override void Discard(bool sampled) => Fate = sampled ? "sampled" : "full";
    }
}
