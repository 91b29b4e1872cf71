using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>Writes joined rows, in the spine's order.</summary>
internal interface IJoinWriter : IDisposable
{
    void Write(in JoinedRow row);
}

/// <summary>Picks a form by the end of the file's name.</summary>
internal static class JoinWriters
{
    public const string Endings = ".csv or .bin";

    public static bool Has(string path) => path.EndsWith(".csv", StringComparison.Ordinal) || path.EndsWith(".bin", StringComparison.Ordinal);

    /// <param name="path">Its end decides.</param>
    /// <param name="stream">Where to; closed with the writer.</param>
    /// <param name="heading">First line of the spine.</param>
    public static IJoinWriter Of(string path, Stream stream, ServiceAggregation service, string heading) =>
        path.EndsWith(".csv", StringComparison.Ordinal) ? new CsvJoinWriter(stream, service, heading) : new BinaryJoinWriter(stream, service);
}

/// <summary>The spine's rows as they are, with the features behind; null is an empty field. Numbers are the shortest that read back to the same double.</summary>
internal sealed class CsvJoinWriter : IJoinWriter
{
    private const int MaxNumberBytes = 32;
    private readonly Stream stream;
    private readonly byte[] line;

    public CsvJoinWriter(Stream stream, ServiceAggregation service, string heading)
    {
        this.stream = stream;
        line = new byte[service.FeatureNames.Length * MaxNumberBytes + 1];
        stream.Write(Encoding.UTF8.GetBytes($"{heading},{string.Join(',', service.FeatureNames)}\n"));
    }

    public void Write(in JoinedRow row)
    {
        stream.Write(row.Record.Span);
        var at = 0;
        foreach (var value in row.Values)
        {
            line[at++] = (byte)',';
            if (double.IsNaN(value)) { continue; }
            value.TryFormat(line.AsSpan(at), out var length, default, CultureInfo.InvariantCulture);
            at += length;
        }
        line[at++] = (byte)'\n';
        stream.Write(line, 0, at);
    }

    public void Dispose() => stream.Dispose();
}

/// <summary>Numbers alone: <c>"MLFJOIN1" | u32 length of the head | head | rows</c>, little endian; row i is row i of the spine.</summary>
/// <remarks>
/// The head is JSON, padded with spaces so that the rows begin at a multiple of 8: <c>{"feature_service":"flight_delay","version":1,"columns":["event_time","origin_mean_delay_1h",...]}</c>.
/// A row is i64 event_time in milliseconds since 1970, UTC, then one f64 a feature; NaN = null. There are as many rows as fit behind the head.
/// </remarks>
internal sealed class BinaryJoinWriter : IJoinWriter
{
    public const int FixedBytes = 12;
    private readonly Stream stream;
    private readonly byte[] row;

    public BinaryJoinWriter(Stream stream, ServiceAggregation service)
    {
        this.stream = stream;
        row = new byte[8 * (1 + service.FeatureNames.Length)];
        var columns = new JsonArray([Spine.TimeColumn, .. service.FeatureNames.Select(name => (JsonNode)name)]);
        var head = new JsonObject { ["feature_service"] = service.Service.Name, ["version"] = service.Service.Version, ["columns"] = columns }.ToJsonString();
        var bytes = Encoding.UTF8.GetBytes(head + new string(' ', (8 - (FixedBytes + Encoding.UTF8.GetByteCount(head)) % 8) % 8));
        stream.Write("MLFJOIN1"u8);
        stream.Write(BitConverter.GetBytes(bytes.Length));
        stream.Write(bytes);
    }

    public void Write(in JoinedRow joined)
    {
        BinaryPrimitives.WriteInt64LittleEndian(row, joined.Moment.ToUnixTimeMilliseconds());
        for (var i = 0; i < joined.Values.Length; i++) { BinaryPrimitives.WriteDoubleLittleEndian(row.AsSpan(8 * (i + 1)), joined.Values[i]); }
        stream.Write(row);
    }

    public void Dispose() => stream.Dispose();
}
