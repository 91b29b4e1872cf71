using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Traces that are to be told in full.</summary>
/// <param name="Traces">Trace ids, 32 hex digits; at most 1,000.</param>
public sealed record KeepBody(IReadOnlyList<string> Traces);

/// <summary>Tells the replicas that a request called that its trace is worth telling, many traces in one call. Nobody waits for it; when <see cref="Capacity"/> verdicts wait, or a service does not answer, they are dropped and counted.</summary>
internal sealed class VerdictSender : BackgroundService
{
    public const int Capacity = 8_192;

    public const string ClientName = "telemetry";

    /// <summary>Verdicts of one call.</summary>
    public const int MaxTraces = 1_000;

    private static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(100);

    private readonly Channel<(string Address, string Trace)> waiting = Channel.CreateBounded<(string, string)>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly IHttpClientFactory clients;
    private readonly WorkerHealth worker;
    private readonly SinkFlow flow;
    private readonly TimeProvider time;
    private int taken; // out of the channel, not yet sent

    public VerdictSender(IHttpClientFactory clients, WorkerHealth worker, TelemetryFlow flows, TimeProvider time)
    {
        (this.clients, this.worker, this.time) = (clients, worker, time);
        flow = flows.Of(TelemetryFlow.Verdicts, TelemetryFlow.Services);
        flow.Waits(() => waiting.Reader.Count + Volatile.Read(ref taken));
    }

    public void Send(IEnumerable<string> addresses, string? trace)
    {
        foreach (var address in trace is null ? [] : addresses)
        {
            flow.Produced();
            if (!waiting.Writer.TryWrite((address, trace!)))
            {
                flow.Dropped("queue_full");
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => worker.RunAsync("telemetry verdicts", RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken stopping)
    {
        while (await waiting.Reader.WaitToReadAsync(stopping))
        {
            await Task.Delay(GatherTime, time, stopping);
            List<(string Address, string Trace)> gathered = [];
            while (gathered.Count < MaxTraces && waiting.Reader.TryRead(out var next))
            {
                gathered.Add(next);
            }

            Volatile.Write(ref taken, gathered.Count);

            foreach (var address in gathered.GroupBy(each => each.Address, each => each.Trace))
            {
                await PostAsync(address.Key, [.. address], stopping);
            }

            Volatile.Write(ref taken, 0);
        }
    }

    private async Task PostAsync(string address, string[] traces, CancellationToken stopping)
    {
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var body = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new KeepBody(traces), DetailJson.Default.KeepBody));
            using var answer = await client.PostAsync($"{address}{DetailEndpoints.Path}", body, stopping);
            if (answer.IsSuccessStatusCode)
            {
                flow.Exported(traces.Length);
            }
            else
            {
                flow.Dropped("refused", traces.Length);
            }
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            flow.Dropped("not_reached", traces.Length);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(KeepBody))]
internal sealed partial class DetailJson : JsonSerializerContext;
