using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using MlAspire.ServiceDefaults.Columns;

namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>Answers <c>POST /v1/features/online</c>: origin_mean_delay_1h is 12.5 and 240 s old at ATL and not there elsewhere; route_backlog_1d is 3. One more feature than the pipeline takes.</summary>
internal static class FeatureStoreStandIn
{
    private const byte Present = 0;
    private const byte Stale = 1;
    private const byte NotFound = 4;

    public static Task<StandIn> StartAsync() => StandIn.StartAsync(AnswerAsync);

    public static Task AnswerAsync(Asked asked, HttpResponse response)
    {
        var (service, columns) = Read(asked);
        var origins = columns.OfType<TextColumn>().Single(column => column.Name == "entities.origin").Values;
        return WriteAsync(response, $$"""{"feature_service":"{{service}}","version":7}""",
        [
            new ByteColumn("statuses.unused", [.. origins.Select(_ => Present)]), new WholeNumberColumn("ages_microseconds.unused", [.. origins.Select(_ => 0L)]), new FloatColumn("values.unused", [.. origins.Select(_ => 1f)]),
            new ByteColumn("statuses.route_backlog_1d", [.. origins.Select(_ => Stale)]), new WholeNumberColumn("ages_microseconds.route_backlog_1d", [.. origins.Select(_ => 90_000_000_000L)]),
            new WholeNumberColumn("values.route_backlog_1d", [.. origins.Select(_ => 3L)]),
            new ByteColumn("statuses.origin_mean_delay_1h", [.. origins.Select(origin => origin == "ATL" ? Present : NotFound)]),
            new WholeNumberColumn("ages_microseconds.origin_mean_delay_1h", [.. origins.Select(origin => origin == "ATL" ? 240_999_999L : -1)]),
            new NumberColumn("values.origin_mean_delay_1h", [.. origins.Select(_ => 12.5)]),
        ]);
    }

    /// <summary>What was asked for.</summary>
    public static (string Service, IReadOnlyList<Column> Columns) Read(Asked asked)
    {
        var (_, header, columns) = ColumnsReader.Read(asked.Body, 1_000);
        return ((string)JsonNode.Parse(header)!["feature_service"]!, columns);
    }

    public static async Task WriteAsync(HttpResponse response, string header, IReadOnlyList<Column> columns, int? rows = null)
    {
        response.ContentType = Column.ContentType;
        await response.Body.WriteAsync(ColumnsWriter.Write(Encoding.UTF8.GetBytes(header), rows ?? columns.OfType<ByteColumn>().First().Values.Length, columns));
    }
}
