using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Telemetry;

/// <summary>The levels as a collector gets them. Source: OpenTelemetry's log data model, SeverityNumber; the messages' field numbers, opentelemetry-proto.</summary>
public sealed class OtlpLevelTests
{
    [Fact]
    public async Task Each_level_has_its_severity_number_over_OTLP()
    {
        var severities = new ConcurrentDictionary<string, int>();
        await using var collector = await TestService.StartAsync(map: app => app.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            if (signal == "logs")
            {
                Records(body.ToArray()).ForEach(record => severities[record.Body] = record.Severity);
            }
        }));
        await using var service = await TestService.StartAsync(
            configure: null, map: null, $"--OTEL_EXPORTER_OTLP_ENDPOINT={collector.Address}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "--OTEL_BLRP_SCHEDULE_DELAY=50", "--Logging:LogLevel:Levels=Trace");
        var log = service.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Levels");

        foreach (var level in Enum.GetValues<LogLevel>().Where(level => level != LogLevel.None))
        {
            log.Log(level, default, level, exception: null, (state, _) => $"level {state}");
        }

        await Eventually.TrueAsync("six lines", () => severities.Keys.Count(body => body.StartsWith("level ", StringComparison.Ordinal)) == 6);
        Assert.Equal(
            [("level Critical", 21), ("level Debug", 5), ("level Error", 17), ("level Information", 9), ("level Trace", 1), ("level Warning", 13)],
            severities.Where(pair => pair.Key.StartsWith("level ", StringComparison.Ordinal)).Select(pair => (pair.Key, pair.Value)).Order());
    }

    [Theory]
    [InlineData("Full")]
    [InlineData("Standard")]
    public async Task Lines_and_spans_say_whose_they_are_at_every_level(string level)
    {
        var received = new ConcurrentDictionary<string, string>();
        await using var collector = await TestService.StartAsync(map: app => app.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            received.AddOrUpdate(signal, _ => Text(body), (_, before) => before + Text(body));
        }));
        await using (var service = await TestService.StartAsync(
            configure: null, map: null, $"--OTEL_EXPORTER_OTLP_ENDPOINT={collector.Address}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", $"--Telemetry:Level={level}", "--Telemetry:SampledShare=1"))
        {
            await service.Client.GetAsync("/nothing");
        }

        Assert.Contains("service.name", received["logs"], StringComparison.Ordinal);
        Assert.Contains("service.name", received["traces"], StringComparison.Ordinal);

        static string Text(MemoryStream body) => System.Text.Encoding.Latin1.GetString(body.ToArray());
    }

    // ExportLogsServiceRequest.resource_logs = 1, ResourceLogs.scope_logs = 2, ScopeLogs.log_records = 2.
    private static List<(string Body, int Severity)> Records(byte[] request) =>
        [.. Messages(request, 1).SelectMany(resource => Messages(resource, 2)).SelectMany(scope => Messages(scope, 2)).Select(Record)];

    // LogRecord.severity_number = 2, LogRecord.body = 5, AnyValue.string_value = 1.
    private static (string Body, int Severity) Record(byte[] record)
    {
        var input = new CodedInputStream(record);
        var (body, severity) = ("", 0);
        while (input.ReadTag() is var tag and not 0)
        {
            if (tag == WireFormat.MakeTag(2, WireFormat.WireType.Varint))
            {
                severity = input.ReadInt32();
            }
            else if (tag == WireFormat.MakeTag(5, WireFormat.WireType.LengthDelimited))
            {
                body = Messages(input.ReadBytes().ToByteArray(), 1).Select(System.Text.Encoding.UTF8.GetString).Single();
            }
            else
            {
                input.SkipLastField();
            }
        }

        return (body, severity);
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
