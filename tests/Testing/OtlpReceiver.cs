using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MlAspire.Testing;

/// <summary>A line as a collector gets it.</summary>
/// <param name="TraceId">32 hex digits; empty outside of any trace.</param>
/// <param name="Attributes">Those that are texts, its scopes' too.</param>
public sealed record OtlpLine(string Service, int Severity, string Body, string TraceId, DateTimeOffset Time, IReadOnlyDictionary<string, string> Attributes);

/// <summary>A span as a collector gets it.</summary>
/// <param name="TraceId">32 hex digits.</param>
public sealed record OtlpSpan(string Service, string TraceId, string Name);

/// <summary>A collector: takes lines and spans by OTLP over HTTP (protobuf), answers as it is told, and keeps what it said yes to.</summary>
/// <remarks>Source of the fields' numbers: opentelemetry-proto 1.0.</remarks>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<OtlpLine> lines = new();
    private readonly ConcurrentQueue<OtlpSpan> spans = new();
    private readonly WebApplication app;

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new ActivitySource(nameof(OtlpReceiver))); // of its own, so that services of this process do not tell of its requests
        app = builder.Build();
        app.MapPost("/v1/{signal}", TakeAsync);
    }

    /// <summary>What a service is started with to send here, soon after it has something.</summary>
    public string[] Arguments =>
        [$"--OTEL_EXPORTER_OTLP_ENDPOINT={app.Urls.First()}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "--OTEL_BSP_SCHEDULE_DELAY=50", "--OTEL_BLRP_SCHEDULE_DELAY=50"];

    public IReadOnlyCollection<OtlpLine> Lines => lines;

    public IReadOnlyCollection<OtlpSpan> Spans => spans;

    /// <summary>Its answer; default 200.</summary>
    public int StatusCode { get; set; } = StatusCodes.Status200OK;

    /// <summary>What each answer waits for; default nothing.</summary>
    public Task Answering { get; set; } = Task.CompletedTask;

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver.app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<IResult> TakeAsync(string signal, HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        await Answering;
        if (StatusCode == StatusCodes.Status200OK)
        {
            Keep(signal, body.ToArray());
        }

        return Results.StatusCode(StatusCode);
    }

    private void Keep(string signal, byte[] body)
    {
        foreach (var resource in Messages(body, 1)) // Export*ServiceRequest.resource_*
        {
            var service = Messages(resource, 1).SelectMany(each => Messages(each, 1)).Where(attribute => Text(attribute, 1) == "service.name")
                .Select(attribute => Text(Messages(attribute, 2).Single(), 1)).SingleOrDefault() ?? "";
            foreach (var item in Messages(resource, 2).SelectMany(scope => Messages(scope, 2))) // .scope_*, .log_records or .spans
            {
                switch (signal)
                {
                    case "logs":
                        lines.Enqueue(new OtlpLine(
                            service, Number(item, 2), Text(Messages(item, 5).Single(), 1), Convert.ToHexStringLower(Messages(item, 9).SingleOrDefault() ?? []), TimeOf(item), AttributesOf(item)));
                        break;
                    case "traces":
                        spans.Enqueue(new OtlpSpan(service, Convert.ToHexStringLower(Messages(item, 1).Single()), Text(item, 5)));
                        break;
                }
            }
        }
    }

    private static Dictionary<string, string> AttributesOf(byte[] line)
    {
        var found = new Dictionary<string, string>();
        foreach (var attribute in Messages(line, 6))
        {
            found[Text(attribute, 1)] = Text(Messages(attribute, 2).Single(), 1);
        }

        return found;
    }

    /// <summary>LogRecord.time_unix_nano.</summary>
    private static DateTimeOffset TimeOf(byte[] line)
    {
        var input = new CodedInputStream(line);
        return input.ReadTag() == WireFormat.MakeTag(1, WireFormat.WireType.Fixed64) ? DateTimeOffset.UnixEpoch.AddTicks((long)input.ReadFixed64() / 100) : default;
    }

    private static string Text(byte[] message, int field) => Messages(message, field).Select(Encoding.UTF8.GetString).SingleOrDefault() ?? "";

    private static int Number(byte[] message, int field)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag and not 0)
        {
            if (tag == WireFormat.MakeTag(field, WireFormat.WireType.Varint))
            {
                return input.ReadInt32();
            }

            input.SkipLastField();
        }

        return 0;
    }

    private static List<byte[]> Messages(byte[] message, int field)
    {
        var input = new CodedInputStream(message);
        var found = new List<byte[]>();
        while (input.ReadTag() is var tag and not 0)
        {
            if (tag == WireFormat.MakeTag(field, WireFormat.WireType.LengthDelimited))
            {
                found.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }
}
