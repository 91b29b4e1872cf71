using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Http;

/// <summary>Calls that have a deadline of their own, to a service that does not answer until it is told to.</summary>
public sealed class DeadlineCallTests : IAsyncLifetime
{
    private readonly ManualTimeProvider time = new();
    private readonly TaskCompletionSource answer = new();
    private int seen;
    private ServiceHost store = null!;
    private ServiceHost caller = null!;

    public sealed class Store(HttpClient http)
    {
        public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => http.SendAsync(request, cancellationToken);
    }

    public async ValueTask InitializeAsync()
    {
        store = await TestService.StartAsync(map: app => app.MapGet("/", async (HttpContext context) =>
        {
            Interlocked.Increment(ref seen);
            await answer.Task.WaitAsync(context.RequestAborted);
        }));
        caller = await TestService.StartAsync(builder =>
        {
            builder.UseTime(time).AddServiceClient<Store>("store");
            builder.UseService("store", store.Address);
        });
    }

    public async ValueTask DisposeAsync()
    {
        answer.TrySetResult();
        await caller.DisposeAsync();
        await store.DisposeAsync();
    }

    [Fact]
    public async Task A_call_may_take_all_of_its_time_and_is_sent_once()
    {
        using var deadline = new Deadline(TimeSpan.FromMinutes(1), time, TestContext.Current.CancellationToken);
        var sending = SendAsync(deadline);
        await SeenAsync(1);

        time.Advance(TimeSpan.FromSeconds(59));
        answer.SetResult();

        Assert.Equal(HttpStatusCode.OK, await sending.WithinAsync("the answer"));
        Assert.Equal(1, seen);
    }

    [Theory]
    [InlineData(1_000, true)]
    [InlineData(999, false)]
    public async Task A_service_that_never_answers_is_left_alone_unless_it_was_given_too_little_time(int milliseconds, bool alone)
    {
        const int Calls = 100; // at which the circuit breaker begins to count
        using (var deadline = new Deadline(TimeSpan.FromMilliseconds(milliseconds), time, TestContext.Current.CancellationToken))
        {
            var sending = Enumerable.Range(0, Calls).Select(_ => SendAsync(deadline)).ToList();
            await SeenAsync(Calls);
            time.Advance(TimeSpan.FromMilliseconds(milliseconds));
            foreach (var call in sending)
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WithinAsync("the deadline"));
            }
        }

        answer.SetResult();
        using var next = new Deadline(TimeSpan.FromSeconds(1), time, TestContext.Current.CancellationToken);
        var failure = await Record.ExceptionAsync(() => SendAsync(next));

        Assert.Equal(alone ? ErrorCode.Unavailable : null, (failure as ServiceError)?.Code);
        Assert.Equal(alone ? Calls : Calls + 1, seen);
    }

    private Task SeenAsync(int calls) => Eventually.TrueAsync($"{calls} calls at the service", () => Volatile.Read(ref seen) == calls);

    private async Task<HttpStatusCode> SendAsync(Deadline deadline)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        deadline.SendWith(request);
        using var response = await caller.Services.GetRequiredService<Store>().SendAsync(request, deadline.Token);
        return response.StatusCode;
    }
}
