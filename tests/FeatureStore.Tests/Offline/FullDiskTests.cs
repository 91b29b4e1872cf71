using System.Net;
using System.Net.Http.Json;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Offline;

public sealed class FullDiskTests
{
    [Theory]
    [InlineData("radar")]
    [InlineData(null)]
    public async Task What_a_full_disk_refused_is_not_in_the_log_and_what_was_taken_is(string? producer)
    {
        using var folder = new LogFolder();
        await using var store = await Store.WithoutReplicaAsync();
        using (var replica = await StartAsync(store.Redis, folder))
        {
            Assert.Equal(HttpStatusCode.OK, await PushAsync(replica, 1));
            replica.LimitFiles((ulong)new FileInfo(folder.Segments[0]).Length + 20); // of a frame its beginning goes in
            for (var delay = 2; delay <= 4; delay++)
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, await PushAsync(replica, delay));
            }
            Assert.Equal(["0 0 1"], folder.Rows());

            replica.LimitFiles(ulong.MaxValue);
            Assert.Equal(HttpStatusCode.OK, await PushAsync(replica, 5, 1));
            Assert.Equal(HttpStatusCode.OK, await PushAsync(replica, 6, 2));
            replica.Kill();
        }

        Assert.Equal(["0 0 1", "1 1 5", "2 2 6"], folder.Rows());
        using var again = await StartAsync(store.Redis, folder);
        Assert.Equal(HttpStatusCode.OK, await PushAsync(again, 7, 3));

        async Task<HttpStatusCode> PushAsync(ServiceProcess replica, int delay, long? offset = null)
        {
            var landing = new Flights.Event("landings", folder.Time.GetUtcNow(), "ATL", "LAX", delay);
            using var response = await replica.Client.PostAsJsonAsync("/push", Store.Body([landing], producer, offset ?? delay - 1), TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
    }

    private static Task<ServiceProcess> StartAsync(RedisServer redis, LogFolder folder) =>
        ServiceProcess.StartAsync("MlAspire.FeatureStore.dll", $"--ConnectionStrings:redis={redis.ConnectionString}", $"--Offline:Directory={folder.Path}");
}
