using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Detail;

/// <summary>A service at the edge and one behind it, which write their lines to files. <c>GET /work?front=&amp;behind=</c> does the named thing in each: <c>quiet, error, refuse, warn, slow, many</c>, and <c>ask</c> for Debug lines in front.</summary>
internal sealed partial class TwoServices : IAsyncDisposable
{
    private static readonly TimeSpan SlowFrom = TimeSpan.FromSeconds(3); // more than a loaded machine needs for a quick request

    public required ServiceHost Front { get; init; }

    public ServiceHost Behind => Replicas[0];

    /// <summary>Of the service behind.</summary>
    public required IReadOnlyList<ServiceHost> Replicas { get; init; }

    /// <summary>The replicas' names.</summary>
    public IEnumerable<string> Names => Enumerable.Range(0, Replicas.Count).Select(NameOf);

    public required string Folder { get; init; }

    public static Task<TwoServices> StartAsync(params string[] settings) => StartAsync(replicas: 1, settings);

    public static async Task<TwoServices> StartAsync(int replicas, string[] settings)
    {
        var directory = Directory.CreateTempSubdirectory().FullName;
        string[] Arguments(string name) => [.. settings, $"--Telemetry:SlowFrom={SlowFrom}", $"--OTEL_SERVICE_NAME={name}", $"--Logging:File:Directory={Path.Combine(directory, name)}"];
        var behind = await Task.WhenAll(Enumerable.Range(0, replicas).Select(replica =>
            TestService.StartAsync(map: app => app.MapPost("/work", (string what, ILoggerFactory logs) => WorkAsync(what, logs)), arguments: Arguments(NameOf(replica)))));
        var front = await TestService.StartAsync(
            builder =>
            {
                foreach (var (replica, host) in behind.Index())
                {
                    builder.UseSetting($"services:behind:http:{replica}", host.Address.ToString());
                }

                builder.AddServiceClient<Client>("behind");
                builder.AddEdge();
            },
            app => app.MapGet("/work", async (string front, string behind, Client client, ILoggerFactory logs) =>
            {
                if (front == "ask")
                {
                    Verbose.Ask();
                }

                await client.AskAsync(behind);
                return await WorkAsync(front, logs);
            }),
            Arguments("front"));
        return new TwoServices { Front = front, Replicas = behind, Folder = directory };
    }

    /// <summary>One request; its correlation id.</summary>
    public async Task<string> AskAsync(string front, string behind, string? header = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/work?front={front}&behind={behind}");
        var id = Guid.NewGuid().ToString("N");
        request.Headers.Add("x-correlation-id", id);
        if (header is not null)
        {
            request.Headers.Add("x-telemetry-detail", header);
        }

        using var answer = await Front.Client.SendAsync(request);
        return id;
    }

    /// <summary>The events of a request in a service, in the order of its file, once the last is there.</summary>
    public async Task<string[]> EventsAsync(string service, string id, params string[] until)
    {
        string[] events = [];
        await Eventually.TrueAsync($"{string.Join(", ", until)} of {id} in {service}", () =>
        {
            events = [.. Lines(service).Where(line => line.TryGetProperty("correlation_id", out var of) && of.GetString() == id).Select(Name)];
            return until.All(events.Contains);
        });
        return events;
    }

    public IReadOnlyList<JsonElement> Lines(string service)
    {
        var path = Path.Combine(Folder, service, $"{service}.jsonl");
        if (!File.Exists(path))
        {
            return [];
        }

        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return [.. reader.ReadToEnd().Split('\n')[..^1].Select(line => JsonDocument.Parse(line).RootElement)];
    }

    public async ValueTask DisposeAsync()
    {
        await Front.DisposeAsync();
        foreach (var replica in Replicas)
        {
            await replica.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    private static string NameOf(int replica) => replica == 0 ? "behind" : $"behind-{replica + 1}";

    private static string Name(JsonElement line) => line.TryGetProperty("event", out var name) ? name.GetString()! : line.GetProperty("message").GetString()!;

    private static async Task<IResult> WorkAsync(string what, ILoggerFactory logs)
    {
        var log = logs.CreateLogger("MlAspire.Work");
        Did(log, 1);
        Looked(log);
        switch (what)
        {
            case "error":
                throw new InvalidOperationException("broken");
            case "refuse":
                throw new ServiceError(ErrorCode.InvalidArgument, "no", "what");
            case "warn":
                Warned(log);
                break;
            case "slow":
                await Task.Delay(SlowFrom + TimeSpan.FromMilliseconds(250)); // a timer is some milliseconds early as often as not
                break;
            case "many":
                foreach (var number in Enumerable.Range(2, 299))
                {
                    Did(log, number);
                }

                break;
        }

        Did(log, 1_000);
        return Results.Ok();
    }

    [LoggerMessage(EventName = "did", Level = LogLevel.Information, Message = "Did {Number}")]
    private static partial void Did(ILogger log, int number);

    [LoggerMessage(EventName = "looked", Level = LogLevel.Debug, Message = "Looked")]
    private static partial void Looked(ILogger log);

    [LoggerMessage(EventName = "warned", Level = LogLevel.Warning, Message = "Warned")]
    private static partial void Warned(ILogger log);

    public sealed class Client(HttpClient http)
    {
        public async Task AskAsync(string what)
        {
            using var answer = await http.PostAsync($"/work?what={what}", content: null); // a GET would be tried again
        }
    }
}
