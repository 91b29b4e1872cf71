using System.Globalization;

namespace MlAspire.Inference.Api.Protocol;

/// <summary>The run that a request shared with others: the header, on gRPC the metadata, <c>model-batch: ID; first-row=3; rows=8; requests=4</c> of its answer. There is none when the request ran alone or was answered from the cache.</summary>
/// <param name="Id">Of the run, 32 hex digits (a UUID of version 7): the same in the answers, spans and request lines of all that ran together.</param>
/// <param name="FirstRow">Where in the batch the rows of this request begin, from 0.</param>
/// <param name="Rows">Of the whole batch.</param>
/// <param name="Requests">In the batch, this one included.</param>
internal sealed record ModelBatch(string Id, long FirstRow, long Rows, int Requests)
{
    public const string HeaderName = "model-batch";

    public static string NewId() => Guid.CreateVersion7().ToString("N");

    /// <returns>Null when it is not what <see cref="ToHeader"/> writes.</returns>
    public static ModelBatch? FromHeader(string? text)
    {
        var parts = (text ?? "").Split("; ");
        return parts.Length == 4 && Guid.TryParseExact(parts[0], "N", out _)
            && Number(parts[1], "first-row=") is { } first && Number(parts[2], "rows=") is { } rows && Number(parts[3], "requests=") is { } requests and <= int.MaxValue
            ? new ModelBatch(parts[0], first, rows, (int)requests)
            : null;
    }

    public string ToHeader() => string.Create(CultureInfo.InvariantCulture, $"{Id}; first-row={FirstRow}; rows={Rows}; requests={Requests}");

    private static long? Number(string part, string name) =>
        part.StartsWith(name, StringComparison.Ordinal) && long.TryParse(part.AsSpan(name.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
