using System.Net;
using Aspire.Hosting.ApplicationModel;

namespace MlAspire.SystemTests;

public sealed class RedisLostTests(RunningSystem system)
{
    [Fact]
    public async Task Without_redis_a_prediction_is_a_clear_503_and_it_works_again_when_redis_is_back()
    {
        Assert.True((await system.CommandAsync("redis", KnownResourceCommands.StopCommand)).Success);
        try
        {
            await Eventually.TrueAsync("a 503 that names the feature store", async () =>
            {
                var (response, body) = await system.PredictAsync(RunningSystem.RealFlight());
                return response.StatusCode == HttpStatusCode.ServiceUnavailable && response.Headers.RetryAfter is not null && (string?)body["code"] == "unavailable";
            });
        }
        finally
        {
            Assert.True((await system.CommandAsync("redis", KnownResourceCommands.StartCommand)).Success);
        }

        await Eventually.TrueAsync("predictions after redis is back", async () =>
        {
            var (response, body) = await system.PredictAsync(RunningSystem.RealFlight(explain: true));
            return response.StatusCode == HttpStatusCode.OK
                && body["predictions"]![0]!["features"]!.AsObject().All(f => (string?)f.Value!["status"] == "PRESENT");
        }, TimeSpan.FromSeconds(60));
    }
}
