using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.Testing;
using Polly;

namespace MlAspire.ServiceDefaults.Tests.Http;

public sealed class ServiceClientTests
{
    public sealed class Store(HttpClient http)
    {
        public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => http.SendAsync(request);
    }

    [Theory]
    [InlineData("GET", false, 2, HttpStatusCode.OK)]
    [InlineData("POST", false, 1, HttpStatusCode.ServiceUnavailable)]
    [InlineData("POST", true, 2, HttpStatusCode.OK)]
    public async Task Only_a_call_that_may_be_repeated_is_tried_twice(string method, bool idempotent, int calls, HttpStatusCode status)
    {
        var seen = 0;
        await using var store = await TestService.StartAsync(map: app => app.Map("/", () => Interlocked.Increment(ref seen) == 1 ? Results.StatusCode(503) : Results.Ok()));
        await using var caller = await CallerOfAsync(store.Address);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Content = method == "POST" ? new StringContent("{}") : null };

        using var response = await caller.Services.GetRequiredService<Store>().SendAsync(idempotent ? request.AsIdempotent() : request);

        Assert.Equal((status, calls), (response.StatusCode, seen));
    }

    [Fact]
    public async Task Retry_is_one_only()
    {
        var seen = 0;
        await using var store = await TestService.StartAsync(map: app => app.MapGet("/", () =>
        {
            Interlocked.Increment(ref seen);
            return Results.StatusCode(500);
        }));
        await using var caller = await CallerOfAsync(store.Address);

        using var response = await caller.Services.GetRequiredService<Store>().SendAsync(new HttpRequestMessage(HttpMethod.Get, "/"));

        Assert.Equal((HttpStatusCode.InternalServerError, 2), (response.StatusCode, seen));
    }

    [Fact]
    public async Task Service_that_is_gone_is_unavailable_by_its_name()
    {
        Uri address;
        await using (var store = await TestService.StartAsync())
        {
            address = store.Address;
        }

        await using var caller = await CallerOfAsync(address);
        var error = await Assert.ThrowsAsync<ServiceError>(() => caller.Services.GetRequiredService<Store>().SendAsync(new HttpRequestMessage(HttpMethod.Get, "/")));
        Assert.Equal((ErrorCode.Unavailable, "The service store cannot be reached."), (error.Code, error.Message));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task Service_that_dies_in_the_middle_of_its_answer_is_tried_again_where_that_may_be_and_then_unavailable_by_its_name(bool idempotent, int calls)
    {
        var seen = 0;
        await using var store = await TestService.StartAsync(map: app => app.MapPost("/", async (HttpContext context) =>
        {
            Interlocked.Increment(ref seen);
            context.Response.ContentLength = 100; // Kestrel closes the connection when less comes than was promised
            await context.Response.WriteAsync("half");
        }));
        await using var caller = await CallerOfAsync(store.Address);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/");

        var error = await Assert.ThrowsAsync<ServiceError>(() => caller.Services.GetRequiredService<Store>().SendAsync(idempotent ? request.AsIdempotent() : request));

        Assert.Equal((ErrorCode.Unavailable, "The service store cannot be reached.", calls), (error.Code, error.Message, seen));
    }

    [Fact]
    public async Task Service_that_hangs_in_the_middle_of_its_answer_is_a_missed_deadline_by_its_name()
    {
        var hangs = new TaskCompletionSource();
        await using var store = await TestService.StartAsync(map: app => app.MapPost("/", async (HttpContext context) =>
        {
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            await hangs.Task;
        }));
        await using var caller = await CallerOfAsync(store.Address, options => options.AttemptTimeout = options.TotalTimeout = TimeSpan.FromMilliseconds(200));

        var error = await Assert.ThrowsAsync<ServiceError>(() => caller.Services.GetRequiredService<Store>().SendAsync(new HttpRequestMessage(HttpMethod.Post, "/")).WithinAsync("the time-out"));

        Assert.Equal((ErrorCode.DeadlineExceeded, "The service store did not answer in time."), (error.Code, error.Message));
        hangs.SetResult();
    }

    [Fact]
    public async Task Service_that_does_not_answer_is_a_missed_deadline_by_its_name()
    {
        var hangs = new TaskCompletionSource();
        await using var store = await TestService.StartAsync(map: app => app.MapPost("/", () => hangs.Task));
        await using var caller = await CallerOfAsync(store.Address, options => options.AttemptTimeout = options.TotalTimeout = TimeSpan.FromMilliseconds(200));

        var error = await Assert.ThrowsAsync<ServiceError>(() => caller.Services.GetRequiredService<Store>().SendAsync(new HttpRequestMessage(HttpMethod.Post, "/")));

        Assert.Equal((ErrorCode.DeadlineExceeded, "The service store did not answer in time."), (error.Code, error.Message));
        hangs.SetResult();
    }

    [Fact]
    public async Task More_calls_than_may_be_under_way_are_refused_by_the_services_name()
    {
        await using var store = await TestService.StartAsync();
        await using var caller = await CallerOfAsync(store.Address, and: builder => builder.Services.AddHttpClient<Store>().AddHttpMessageHandler(() => new FullHandler()));

        var error = await Assert.ThrowsAsync<ServiceError>(() => caller.Services.GetRequiredService<Store>().SendAsync(new HttpRequestMessage(HttpMethod.Get, "/")));

        Assert.Equal((ErrorCode.Overloaded, "As many calls to the service store are under way as may be."), (error.Code, error.Message));
        Assert.Equal(ErrorCode.Overloaded, ErrorMapping.FromException(new FullException(), callerGone: false).Code);
    }

    [Fact]
    public async Task Caller_that_cancels_gets_its_cancellation_and_no_error()
    {
        await using var store = await TestService.StartAsync();
        await using var caller = await CallerOfAsync(store.Address);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var http = caller.Services.GetRequiredService<IHttpClientFactory>().CreateClient(nameof(Store));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => http.GetAsync("/", cancelled.Token));
    }

    private static Task<ServiceHost> CallerOfAsync(Uri address, Action<ServiceClientOptions>? configure = null, Action<IHostApplicationBuilder>? and = null) => TestService.StartAsync(builder =>
    {
        builder.AddServiceClient<Store>("store", configure);
        builder.UseService("store", address);
        and?.Invoke(builder);
    });

    /// <summary>As the limiter of the standard resilience handler refuses.</summary>
    private sealed class FullException : ExecutionRejectedException;

    private sealed class FullHandler : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => throw new FullException();
    }
}
