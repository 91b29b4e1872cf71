using System.Collections.Concurrent;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Models.Repository;

/// <summary>Four callers that ask one model again and again, for as long as a test changes it.</summary>
internal sealed class SteadyCallers : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentBag<string> answers = [];
    private readonly Task callers;

    public SteadyCallers(InferenceServer server, string path, string request) => callers = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
    {
        while (!stop.IsCancellationRequested)
        {
            var (status, body) = await server.PostAsync(path, request);
            answers.Add($"{(int)status} {body!["outputs"]?[0]!["data"]!.ToJsonString()}");
        }
    })));

    /// <summary>Waits until each has asked since now.</summary>
    public async Task GoOnAsync()
    {
        var seen = answers.Count;
        await Eventually.TrueAsync("answers after the change", () => answers.Count > seen + 8);
    }

    /// <returns>The different answers, status and data, in ordinal order.</returns>
    public async Task<IEnumerable<string>> StopAsync()
    {
        await stop.CancelAsync();
        await callers.WithinAsync("the callers");
        return answers.Distinct().Order(StringComparer.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stop.Dispose();
    }
}
