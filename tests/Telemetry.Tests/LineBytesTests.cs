using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace MlAspire.Telemetry.Tests;

/// <summary>How many bytes the Gateway writes of a prediction: at Standard its one line, at Full what every category has to say. No figure of time is in here: a line's digits are bounded.</summary>
public sealed partial class LineBytesTests
{
    private const int MaxLineBytes = 1_100; // of which some 20 are for longer digits
    private const double SampledShare = 0.05;
    private const int Predictions = 20;

    [Fact]
    public async Task Standard_writes_a_line_of_bounded_bytes_and_at_most_a_tenth_of_what_Full_does()
    {
        await using var services = await RunningServices.StartAsync(LogLevel.Debug);
        await PredictAsync(services, 0); // connects
        var before = services.Lines(RunningServices.Gateway).Count;
        for (var number = 1; number <= Predictions; number++)
        {
            await PredictAsync(services, number);
        }

        var lines = services.Lines(RunningServices.Gateway).Skip(before).ToList();
        var (own, others) = (lines.Where(IsOfRequest).ToList(), lines.Where(line => !IsOfRequest(line) && IsOurs(line)));
        var (line, sampled, full) = (own.Average(Bytes), others.Sum(Bytes) / (double)Predictions, lines.Sum(Bytes) / (double)Predictions);

        Assert.Equal(Predictions, own.Count);
        Assert.All(own, each => Assert.InRange(Bytes(each), 1, MaxLineBytes));
        Assert.All(own, each => Assert.InRange(JsonNode.Parse(each)!.AsObject().Count, 25, 64));
        Assert.True(line + (SampledShare * sampled) <= 0.1 * full, $"{line} and of a sampled one {sampled}, of {full} bytes");
    }

    private static async Task PredictAsync(RunningServices services, int number)
    {
        var id = $"00000000000000000000000000{number:000000}"; // as long as a trace's
        await services.SendAsync(HttpMethod.Post, "/v1/models/flight-delay/predict?version=1", RunningServices.Flight(), ("x-correlation-id", id)); // named, so that the empty store does not lead to the fallback
        await services.LinesOfRequestsAsync(RunningServices.Gateway, id);
    }

    private static bool IsOfRequest(string line) => line.Contains("\"event\":\"request_completed\"", StringComparison.Ordinal);

    /// <summary>Whether it is one of a request's lines at the level Information.</summary>
    private static bool IsOurs(string line) =>
        line.Contains("\"level\":\"INFO\"", StringComparison.Ordinal) && line.Contains("\"module\":\"MlAspire", StringComparison.Ordinal) && line.Contains("\"correlation_id\"", StringComparison.Ordinal);

    /// <summary>With its end, and a host's name of eight letters.</summary>
    private static int Bytes(string line) => Encoding.UTF8.GetByteCount(HostOf().Replace(line, "\"host\":\"machine1\"")) + 1;

    [GeneratedRegex("\"host\":\"[^\"]*\"")]
    private static partial Regex HostOf();
}
