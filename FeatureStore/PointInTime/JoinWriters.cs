using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>Writes joined rows, in the spine's order.</summary>
internal interface IJoinWriter : IDisposable
{
    /// <summary>The rows of the spine are written as they stood there.</summary>
    bool PassesThrough { get; }

    void Write(JoinedRows rows);
}

/// <summary>Picks a form by the end of the file's name.</summary>
internal static class JoinWriters
{
    public const string Endings = ".csv or .bin";

    public static bool Has(string path) => path.EndsWith(".csv", StringComparison.Ordinal) || path.EndsWith(".bin", StringComparison.Ordinal);

    /// <param name="path">Its end decides.</param>
    /// <param name="stream">Where to; closed with the writer.</param>
    /// <param name="spine">The first line of the spine, and the values that are no numbers.</param>
    /// <exception cref="ServiceError">InvalidArgument: a feature of the service is no number, and the form holds numbers alone.</exception>
    public static IJoinWriter Of(string path, Stream stream, ServiceAggregation service, (string Heading, JoinedTexts Texts) spine) =>
        path.EndsWith(".csv", StringComparison.Ordinal) ? new CsvJoinWriter(stream, service, spine.Heading, spine.Texts) : new BinaryJoinWriter(stream, service);
}

/// <summary>The spine's rows as they are, with the features behind; null is an empty field, an empty text <c>""</c>. Numbers are the shortest that read back to the same double.</summary>
internal sealed class CsvJoinWriter : IJoinWriter
{
    private const double MostWhole = 1e15; // below, a whole number's shortest text is its digits
    private const int MaxNumberBytes = 32;
    private readonly Stream stream;
    private readonly JoinedTexts texts;
    private readonly bool[] isText;
    private readonly byte[] line;

    public CsvJoinWriter(Stream stream, ServiceAggregation service, string heading, JoinedTexts texts)
    {
        (this.stream, this.texts) = (stream, texts);
        isText = Array.ConvertAll(service.FeatureTypes, type => !FieldTypes.IsNumber(type));
        line = new byte[service.FeatureNames.Length * MaxNumberBytes + 1];
        stream.Write(Encoding.UTF8.GetBytes($"{heading},{string.Join(',', service.FeatureNames)}\n"));
    }

    public bool PassesThrough => true;

    public void Write(JoinedRows rows)
    {
        for (var row = 0; row < rows.Count; row++)
        {
            stream.Write(rows.Record(row));
            var at = 0;
            for (var i = 0; i < rows.Values.Length; i++)
            {
                line[at++] = (byte)',';
                var value = rows.Values[i][row];
                if (!isText[i])
                {
                    at += Format(value, line.AsSpan(at));
                }
                else if (!double.IsNaN(value))
                {
                    stream.Write(line, 0, at);
                    stream.Write(texts.CsvOf(value));
                    at = 0;
                }
            }
            line[at++] = (byte)'\n';
            stream.Write(line, 0, at);
        }
    }

    public void Dispose() => stream.Dispose();

    private static int Format(double value, Span<byte> text)
    {
        if (double.IsNaN(value))
        {
            return 0;
        }
        var length = 0;
        // Counts are whole: without a search for the shortest text a whole join to .csv takes an eighth less.
        _ = value == (long)value && Math.Abs(value) < MostWhole && !double.IsNegative(value)
            ? ((long)value).TryFormat(text, out length, default, CultureInfo.InvariantCulture)
            : value.TryFormat(text, out length, default, CultureInfo.InvariantCulture);
        return length;
    }
}

/// <summary>Numbers alone: <c>"MLFJOIN1" | u32 length of the head | head | rows</c>, little endian; row i is row i of the spine.</summary>
/// <remarks>
/// The head is JSON, padded with spaces so that the rows begin at a multiple of 8: <c>{"feature_service":"flight_delay","version":1,"columns":["event_time","origin_mean_delay_1h",...]}</c>.
/// A row is i64 event_time in milliseconds since 1970, UTC, then one f64 a feature; NaN = null. There are as many rows as fit behind the head.
/// </remarks>
internal sealed class BinaryJoinWriter : IJoinWriter
{
    public const int FixedBytes = 12;
    private const int BlockRows = 256; // so few that they stay in a core's cache while column after column is filled
    private readonly Stream stream;
    private readonly int rowBytes;
    private readonly byte[] block;

    /// <exception cref="ServiceError">InvalidArgument: a feature of the service is no number.</exception>
    public BinaryJoinWriter(Stream stream, ServiceAggregation service)
    {
        if (service.FeatureTypes.Index().Where(feature => !FieldTypes.IsNumber(feature.Item)).Select(feature => feature.Index).FirstOrDefault(-1) is >= 0 and var text)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"The feature '{service.FeatureNames[text]}' is a {FieldTypes.Name(service.FeatureTypes[text])}, and .bin holds numbers alone: join to .csv.");
        }
        this.stream = stream;
        rowBytes = 8 * (1 + service.FeatureNames.Length);
        block = new byte[BlockRows * rowBytes];
        var columns = new JsonArray([Spine.TimeColumn, .. service.FeatureNames.Select(name => (JsonNode)name)]);
        var head = new JsonObject { ["feature_service"] = service.Service.Name, ["version"] = service.Service.Version, ["columns"] = columns }.ToJsonString();
        var bytes = Encoding.UTF8.GetBytes(head + new string(' ', (8 - (FixedBytes + Encoding.UTF8.GetByteCount(head)) % 8) % 8));
        stream.Write("MLFJOIN1"u8);
        stream.Write(BitConverter.GetBytes(bytes.Length));
        stream.Write(bytes);
    }

    public bool PassesThrough => false;

    public void Write(JoinedRows rows)
    {
        for (var first = 0; first < rows.Count; first += BlockRows)
        {
            var count = Math.Min(BlockRows, rows.Count - first);
            for (var row = 0; row < count; row++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(block.AsSpan(row * rowBytes), rows.Moments[first + row].ToUnixTimeMilliseconds());
            }
            for (var i = 0; i < rows.Values.Length; i++)
            {
                var at = 8 * (i + 1);
                foreach (var value in rows.Values[i].AsSpan(first, count))
                {
                    BinaryPrimitives.WriteDoubleLittleEndian(block.AsSpan(at), value);
                    at += rowBytes;
                }
            }
            stream.Write(block, 0, count * rowBytes);
        }
    }

    public void Dispose() => stream.Dispose();
}
