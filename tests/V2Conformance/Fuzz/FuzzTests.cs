using System.Collections.Concurrent;
using System.Globalization;
using MlAspire.Testing;

namespace MlAspire.V2Conformance;

/// <summary>Broken requests, each a seeded change of a good one: none brings the server down, makes it fail, or makes it forget how to answer.</summary>
[Collection(nameof(Alone))]
public sealed class FuzzTests(ConformanceServer server)
{
    private const int Workers = 4;

    /// <summary>How many changed requests.</summary>
    private const string CountVariable = "V2_FUZZ_MUTATIONS";
    private const int DefaultCount = 100_000;

    private static readonly string[] Words =
    [
        "\"data\":[1],", "\"name\":\"x\",", "\"shape\":[0],", "\"parameters\":{\"binary_data_size\":4},", "\"parameters\":{\"classification\":1},", "\"timeout\":1,", "\"priority\":3,", "BF16", "FP16", "BYTES", "UINT64",
    ];

    private static readonly ConformanceCase[] Good = [.. ConformanceCases.All.Where(each => each.Failure is null && each.Only is null)];

    private readonly ConcurrentDictionary<string, int> statuses = new();

    [Fact]
    public async Task Changed_requests_are_refused_or_answered_and_good_ones_between_them_stay_right()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : DefaultCount;
        await RunAsync(0, count / 5);
        var before = MemoryUse.Now();

        await RunAsync(count / 5, count);

        var after = MemoryUse.Now();
        var grown = after.Since(before);
        TestContext.Current.TestOutputHelper!.WriteLine($"{count} changed requests: {string.Join(", ", statuses.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key} {pair.Value}"))}");
        TestContext.Current.TestOutputHelper!.WriteLine($"memory after the first fifth: {before}; at the end: {after}");
        Assert.True(!server.IsOwn || grown.IsFlat, $"memory since the first fifth: {grown}");
    }

    private Task RunAsync(int from, int to)
    {
        RestFuzz rest = new(server.Http);
        GrpcFuzz grpc = new(server.Grpc);
        return Parallel.ForAsync(from, to, new ParallelOptions { MaxDegreeOfParallelism = Workers, CancellationToken = TestContext.Current.CancellationToken }, async (number, token) =>
        {
            var mutator = new Mutator(new Random(number), Words);
            var (status, wrong) = number % 3 == 0 ? await grpc.SendAsync(mutator, token) : await rest.SendAsync(mutator, token);
            statuses.AddOrUpdate(status, 1, (_, seen) => seen + 1);
            Assert.True(wrong is null, $"mutation {number}: {wrong}");
            if (number % 10 == 0)
            {
                await GoodAsync(number / 10);
            }
        });
    }

    private async Task GoodAsync(int number)
    {
        var each = Good[number % Good.Length];

        var answer = await server.InferAsync(TransportNames.All[number % TransportNames.All.Count], each.Request);

        Assert.True(answer.Failure is null, $"{each.Name}: {answer.Text}");
        Assert.Equal(V2Output.Of(each.Outputs), answer.Outputs);
    }
}
