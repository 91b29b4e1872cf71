using System.Net;
using Aspire.Hosting.ApplicationModel;

namespace MlAspire.SystemTests;

public sealed class RedisLostTests(RunningSystem system)
{
    [Fact]
    public async Task Without_redis_the_fallback_answers_and_says_so_and_the_model_itself_answers_again_when_redis_is_back()
    {
        Assert.True((await system.CommandAsync("redis", KnownResourceCommands.StopCommand)).Success);
        try
        {
            await Eventually.TrueAsync("an answer of the fallback", async () =>
            {
                var (response, body) = await system.PredictAsync(RunningSystem.RealFlight());
                return response.StatusCode == HttpStatusCode.OK
                    && ("flight-delay-request-only", "fallback", "flight-delay") == ((string?)body["model"]!["name"], (string?)body["model"]!["arm"], (string?)body["model"]!["fallback_for"]) && (double)body["stale_share"]! == 1;
            });
        }
        finally
        {
            Assert.True((await system.CommandAsync("redis", KnownResourceCommands.StartCommand)).Success);
        }

        await Eventually.TrueAsync("predictions after redis is back", async () =>
        {
            var (response, body) = await system.PredictAsync(RunningSystem.RealFlight(explain: true));
            return response.StatusCode == HttpStatusCode.OK && (string?)body["model"]!["arm"] == "stable"
                && body["predictions"]![0]!["features"]!.AsObject().All(f => (string?)f.Value!["status"] == "PRESENT");
        }, TimeSpan.FromSeconds(60));
    }
}
