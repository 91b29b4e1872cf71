using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.ServiceDefaults.Http;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Http;

/// <summary>When a call to a service that fails is sent once more.</summary>
public sealed class RetryTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> timeouts = new(); // the header of each call
    private int status = 503;
    private ServiceHost store = null!;
    private ServiceHost caller = null!;

    public sealed class Store(HttpClient http)
    {
        public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async ValueTask InitializeAsync()
    {
        store = await TestService.StartAsync(map: app => app.MapGet("/", (HttpContext context) =>
        {
            timeouts.Enqueue(context.Request.Headers[RequestDeadline.Header].ToString());
            return Results.StatusCode(status);
        }));
        caller = await TestService.StartAsync(builder =>
        {
            builder.AddServiceClient<Store>("store");
            builder.UseService("store", store.Address);
        });
    }

    public async ValueTask DisposeAsync()
    {
        await caller.DisposeAsync();
        await store.DisposeAsync();
    }

    [Fact]
    public async Task A_service_that_is_down_is_called_a_tenth_more_often_and_a_burst_of_ten_at_most()
    {
        using var metrics = new RecordedMetrics(caller.Services.GetRequiredService<IMeterFactory>());

        await Task.WhenAll(Enumerable.Range(0, 49).Select(_ => SendAsync())); // fewer than a hundred calls, at which the circuit breaker begins to count

        // 10 from the start, and 0.1 for each of 49 calls, of which the first earn nothing, for the budget is full.
        Assert.InRange(timeouts.Count, 49 + 10, 49 + 14);
        Assert.Equal((timeouts.Count - 49, 98 - timeouts.Count), (Retries("sent"), Retries("over_budget")));

        int Retries(string outcome) => (int)metrics.Sum("http.client.retries", ("peer.service", "store"), ("ml.outcome", outcome));
    }

    [Fact]
    public async Task A_service_that_has_too_many_requests_is_not_sent_another_one()
    {
        status = 429;

        Assert.Equal(HttpStatusCode.TooManyRequests, await SendAsync());
        Assert.Single(timeouts);
    }

    [Theory]
    [InlineData(99, 1)]
    [InlineData(100, 2)]
    public async Task Without_time_for_it_there_is_no_retry(int left, int calls)
    {
        await SendAsync(() => TimeSpan.FromMilliseconds(left));

        Assert.Equal(calls, timeouts.Count);
    }

    [Fact]
    public async Task Each_attempt_tells_the_time_that_is_left_then()
    {
        var left = new Queue<double>([5_000, 5_000, 4_900, 4_800.7]); // asked when it is given, for the first attempt, for the decision, for the second attempt

        await SendAsync(() => TimeSpan.FromMilliseconds(left.Dequeue()));

        Assert.Equal(["5000", "4800"], timeouts);
    }

    private async Task<HttpStatusCode> SendAsync(Func<TimeSpan>? left = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        using var response = await caller.Services.GetRequiredService<Store>().SendAsync(left is null ? request : request.WithTimeLeft(left));
        return response.StatusCode;
    }
}
