using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using MlAspire.Testing;

namespace MlAspire.Telemetry.Tests;

/// <summary>At the level Standard: what is told of a request, in every service that it passed.</summary>
public sealed class DetailTests
{
    private const int Each = 10;

    private static readonly TimeSpan SlowFrom = TimeSpan.FromSeconds(3); // more than a loaded machine needs for a quick request, and less than a call may take
    private static readonly TimeSpan Delay = SlowFrom + TimeSpan.FromMilliseconds(250); // a timer is some milliseconds early as often as not

    // What a service writes on a prediction's way beside its one line.
    private static readonly Dictionary<string, string[]> Details = new()
    {
        [RunningServices.Gateway] = ["step_completed"],
        [RunningServices.FeatureStore] = ["step_completed"],
        [RunningServices.Inference] = ["model_ran"],
    };

    [Fact]
    public async Task Every_error_and_slow_request_is_told_whole_in_every_service_and_of_a_quiet_one_there_is_its_one_line()
    {
        await using var services = await RunningServices.StartAsync(
            LogLevel.Debug, (name, builder) => Fault.AddTo(builder, name, Delay), "--Telemetry:Level=Standard", "--Telemetry:SampledShare=0", $"--Telemetry:SlowFrom={SlowFrom}");
        string[] kinds = ["quiet", .. RunningServices.Passed.SelectMany(service => (string[])[$"error-{service}", $"slow-{service}"])];
        string[] ids = [.. kinds.SelectMany(kind => Enumerable.Range(0, Each).Select(number => $"{kind}-{number}"))];

        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (id, _) => await services.PredictAsync(id));

        foreach (var service in RunningServices.Passed)
        {
            // What the feature store refuses is not inferred.
            string[] reached = [.. ids.Where(id => service != RunningServices.Inference || !id.StartsWith("error-feature-store", StringComparison.Ordinal))];
            string[] told = [.. reached.Where(id => !id.StartsWith("quiet", StringComparison.Ordinal))];
            foreach (var detail in Details[service])
            {
                await Eventually.TrueAsync($"{detail} of {told.Length} requests in {service}", () => IdsOf(services, service, Is(detail)).IsSupersetOf(told), TimeSpan.FromSeconds(60));
                Assert.Equal(told.Order(), IdsOf(services, service, Is(detail)).Order());
            }

            Assert.Equal(reached.Order(), IdsOf(services, service, WrittenLog.IsOfRequest).Order());
        }
    }

    private static Func<JsonNode, bool> Is(string name) => line => (string?)line["event"] == name;

    private static HashSet<string> IdsOf(RunningServices services, string service, Func<JsonNode, bool> isIt) =>
        [.. services.Lines(service).Select(line => JsonNode.Parse(line)!).Where(line => isIt(line) && line["correlation_id"] is not null && (string?)line["request_path"] is not ("/health/ready" or "/telemetry/keep")).Select(line => (string)line["correlation_id"]!)];
}
