using System.Net;
using Microsoft.AspNetCore.Builder;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Health;

public sealed class DrainTests
{
    [Fact]
    public async Task A_service_that_is_told_to_end_is_not_ready_first_still_answers_for_the_grace_and_ends_what_is_under_way()
    {
        var time = new ManualTimeProvider();
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var service = await TestService.StartAsync(builder => builder.UseTime(time), app =>
        {
            app.MapGet("/slow", async () =>
            {
                asked.SetResult();
                await answer.Task;
                return "slow";
            });
            app.MapGet("/quick", () => "quick");
        }, "--Health:StopGrace=00:00:05");
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health/ready")).StatusCode);

        var stopping = service.App.StopAsync();
        await Eventually.TrueAsync("readiness to end", async () =>
        {
            time.Advance(TimeSpan.FromMilliseconds(10)); // a verdict is given again for a second
            return (await service.Client.GetAsync("/health/ready")).StatusCode == HttpStatusCode.ServiceUnavailable;
        });
        var ready = await service.Client.GetAsync("/health/ready");
        Assert.Contains(""""drain":{"status":"Unhealthy","description":"The service is about to end."}"""", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health/live")).StatusCode);
        Assert.Equal("quick", await NewAsync(service, "/quick"));
        var slow = service.Client.GetStringAsync("/slow");
        await asked.Task.WithinAsync("a request under way");

        time.Advance(TimeSpan.FromSeconds(5));
        await Eventually.TrueAsync("new connections to be refused", async () => await Record.ExceptionAsync(() => NewAsync(service, "/quick")) is HttpRequestException);
        Assert.False(stopping.IsCompleted);
        answer.SetResult();
        Assert.Equal("slow", await slow);
        await stopping.WithinAsync("the end");
    }

    private static async Task<string> NewAsync(ServiceHost service, string path)
    {
        using var client = new HttpClient { BaseAddress = service.Address };
        return await client.GetStringAsync(path);
    }
}
