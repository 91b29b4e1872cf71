using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace MlAspire.LocalFeed.Microsoft.Extensions.Http.Resilience.Tests;

// Expected values: the package's public sources (dotnet/extensions, 10.8) and Polly 8.
public sealed class StandardHandlerTests
{
    [Fact]
    public void Defaults_are_the_genuine_ones()
    {
        var options = new HttpStandardResilienceOptions();
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10)), (options.TotalRequestTimeout.Timeout, options.AttemptTimeout.Timeout));
        Assert.Equal((3, TimeSpan.FromSeconds(2), DelayBackoffType.Exponential, true, true),
            (options.Retry.MaxRetryAttempts, options.Retry.Delay, options.Retry.BackoffType, options.Retry.UseJitter, options.Retry.ShouldRetryAfterHeader));
        Assert.Equal((0.1, 100, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5)),
            (options.CircuitBreaker.FailureRatio, options.CircuitBreaker.MinimumThroughput, options.CircuitBreaker.SamplingDuration, options.CircuitBreaker.BreakDuration));
    }

    [Theory]
    [InlineData(200, 1)]
    [InlineData(404, 1)]
    [InlineData(408, 4)]
    [InlineData(429, 4)]
    [InlineData(500, 4)]
    [InlineData(503, 4)]
    public async Task Transient_statuses_are_retried_three_times_and_others_not(int status, int calls)
    {
        await using var service = await Service.StartAsync(_ => Task.FromResult(status));
        using var response = await Client(Fast).PostAsync(service.Address, new StringContent("body"));
        Assert.Equal((status, calls), ((int)response.StatusCode, service.Calls));
        Assert.All(service.Bodies, body => Assert.Equal("body", body));
    }

    [Fact]
    public async Task Retry_that_succeeds_is_the_answer()
    {
        await using var service = await Service.StartAsync(call => Task.FromResult(call < 3 ? 500 : 200));
        using var response = await Client(Fast).GetAsync(service.Address);
        Assert.Equal((HttpStatusCode.OK, 3), (response.StatusCode, service.Calls));
    }

    [Fact]
    public async Task Unsafe_methods_can_be_left_out_of_the_retries()
    {
        await using var service = await Service.StartAsync(_ => Task.FromResult(500));
        var client = Client(options =>
        {
            Fast(options);
            options.Retry.DisableForUnsafeHttpMethods();
        });
        await client.PostAsync(service.Address, content: null);
        Assert.Equal(1, service.Calls);
        await client.GetAsync(service.Address);
        Assert.Equal(5, service.Calls);
    }

    [Fact]
    public async Task Attempt_that_hangs_is_given_up_and_retried()
    {
        var never = new TaskCompletionSource<int>();
        await using var service = await Service.StartAsync(call => call == 1 ? never.Task : Task.FromResult(200));
        using var response = await Client(options =>
        {
            Fast(options);
            options.AttemptTimeout.Timeout = TimeSpan.FromMilliseconds(100);
        }).GetAsync(service.Address);
        Assert.Equal((HttpStatusCode.OK, 2), (response.StatusCode, service.Calls));
        never.SetResult(200);
    }

    [Fact]
    public async Task Total_time_out_ends_the_retries()
    {
        var never = new TaskCompletionSource<int>();
        await using var service = await Service.StartAsync(_ => never.Task);
        await Assert.ThrowsAsync<TimeoutRejectedException>(() => Client(options =>
        {
            Fast(options);
            options.AttemptTimeout.Timeout = options.TotalRequestTimeout.Timeout = TimeSpan.FromMilliseconds(150);
        }).GetAsync(service.Address));
        never.SetResult(200);
    }

    [Fact]
    public async Task Circuit_opens_after_enough_failures_and_is_one_for_all_handlers_of_the_client()
    {
        await using var service = await Service.StartAsync(_ => Task.FromResult(500));
        var services = Services(options =>
        {
            Fast(options);
            options.Retry.ShouldHandle = _ => ValueTask.FromResult(false);
            options.CircuitBreaker.MinimumThroughput = 5;
        });
        for (var call = 0; call < 5; call++)
        {
            await services.GetRequiredService<IHttpClientFactory>().CreateClient("x").GetAsync(service.Address);
        }

        await Assert.ThrowsAsync<BrokenCircuitException>(() => services.GetRequiredService<IHttpClientFactory>().CreateClient("x").GetAsync(service.Address));
        Assert.Equal(5, service.Calls);
    }

    [Fact]
    public async Task Requests_of_another_key_have_a_circuit_of_their_own_and_the_selector_is_tried_before_the_first()
    {
        await using var service = await Service.StartAsync(_ => Task.FromResult(500));
        var keys = new List<string>();
        var services = new ServiceCollection();
        services.AddHttpClient("x").AddStandardResilienceHandler(options =>
        {
            options.Retry.ShouldHandle = _ => ValueTask.FromResult(false);
            options.CircuitBreaker.MinimumThroughput = 5;
        }).SelectPipelineBy(_ => request =>
        {
            keys.Add(request.RequestUri!.Query);
            return request.RequestUri!.Query;
        });
        var client = services.BuildServiceProvider().GetRequiredService<IHttpClientFactory>().CreateClient("x");
        Assert.Equal([""], keys);
        for (var call = 0; call < 5; call++)
        {
            await client.GetAsync(new Uri(service.Address, "?a"));
        }

        await Assert.ThrowsAsync<BrokenCircuitException>(() => client.GetAsync(new Uri(service.Address, "?a")));
        using var other = await client.GetAsync(new Uri(service.Address, "?b"));

        Assert.Equal((HttpStatusCode.InternalServerError, 6), (other.StatusCode, service.Calls));
    }

    [Fact]
    public async Task Caller_that_cancels_is_not_retried()
    {
        using var cancel = new CancellationTokenSource();
        await using var service = await Service.StartAsync(async _ =>
        {
            await cancel.CancelAsync();
            return 500;
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client(Fast).GetAsync(service.Address, cancel.Token));
        Assert.Equal(1, service.Calls);
    }

    [Fact]
    public void Time_outs_that_contradict_each_other_are_refused()
    {
        var options = Services(options => options.AttemptTimeout.Timeout = TimeSpan.FromSeconds(31)).GetRequiredService<IOptionsMonitor<HttpStandardResilienceOptions>>();
        var refused = Assert.Throws<OptionsValidationException>(() => options.Get("x-standard"));
        Assert.Equal(2, refused.Failures.Count());
    }

    [Fact]
    public void Time_out_of_the_client_gives_way_to_the_pipeline() => Assert.Equal(Timeout.InfiniteTimeSpan, Client(Fast).Timeout);

    private static void Fast(HttpStandardResilienceOptions options) => options.Retry.Delay = TimeSpan.FromMilliseconds(1);

    private static HttpClient Client(Action<HttpStandardResilienceOptions> configure) => Services(configure).GetRequiredService<IHttpClientFactory>().CreateClient("x");

    private static ServiceProvider Services(Action<HttpStandardResilienceOptions> configure)
    {
        var services = new ServiceCollection();
        services.AddHttpClient("x").AddStandardResilienceHandler(configure);
        return services.BuildServiceProvider();
    }

    /// <summary>A Kestrel that answers the status that <c>answer(number of the call)</c> gives.</summary>
    private sealed class Service(WebApplication app) : IAsyncDisposable
    {
        private int calls;

        public int Calls => calls;

        public List<string> Bodies { get; } = [];

        public Uri Address => new(app.Urls.First());

        public static async Task<Service> StartAsync(Func<int, Task<int>> answer)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var app = builder.Build();
            var service = new Service(app);
            app.MapFallback(async (HttpRequest request) =>
            {
                using var reader = new StreamReader(request.Body);
                service.Bodies.Add(await reader.ReadToEndAsync());
                return Results.StatusCode(await answer(Interlocked.Increment(ref service.calls)));
            });
            await app.StartAsync();
            return service;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
