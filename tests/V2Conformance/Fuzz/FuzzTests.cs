using System.Globalization;

namespace MlAspire.V2Conformance;

/// <summary>Broken requests, each a seeded change of a good one: none brings the server down, makes it fail, or makes it forget how to answer.</summary>
[Collection(nameof(Alone))]
public sealed class FuzzTests(ConformanceServer server)
{
    private const int Workers = 4;

    /// <summary>How many changed requests; the full count is 100,000.</summary>
    private const string CountVariable = "V2_FUZZ_MUTATIONS";
    private const int DefaultCount = 10_000;

    private static readonly ConformanceCase[] good = [.. ConformanceCases.All.Where(each => each.Failure is null && each.Only is null)];

    [Fact]
    public async Task Changed_requests_are_refused_or_answered_and_good_ones_between_them_stay_right()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : DefaultCount;
        await RunAsync(0, count / 5);
        var before = MemoryUse.Now();

        await RunAsync(count / 5, count);

        var grown = MemoryUse.Now().Since(before);
        TestContext.Current.SendDiagnosticMessage("{0} changed requests; memory since the first fifth: {1}", count, grown);
        Assert.True(!server.IsOwn || grown.IsFlat, $"memory since the first fifth: {grown}");
    }

    private Task RunAsync(int from, int to)
    {
        RestFuzz rest = new(server.Http);
        GrpcFuzz grpc = new(server.Grpc);
        return Parallel.ForAsync(from, to, new ParallelOptions { MaxDegreeOfParallelism = Workers, CancellationToken = TestContext.Current.CancellationToken }, async (number, token) =>
        {
            var mutator = new Mutator(new Random(number));
            var wrong = number % 3 == 0 ? await grpc.SendAsync(mutator, token) : await rest.SendAsync(mutator, token);
            Assert.True(wrong is null, $"mutation {number}: {wrong}");
            if (number % 10 == 0)
            {
                await GoodAsync(number / 10);
            }
        });
    }

    private async Task GoodAsync(int number)
    {
        var each = good[number % good.Length];

        var answer = await server.InferAsync(TransportNames.All[number % TransportNames.All.Count], each.Request);

        Assert.True(answer.Failure is null, $"{each.Name}: {answer.Text}");
        Assert.Equal(V2Output.Of(each.Outputs), answer.Outputs);
    }
}
