using System.Runtime.InteropServices;
using System.Text.Json;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Pipeline.Predict;

/// <summary>The body of a predict request, in one of its forms; what it means is known with the model.</summary>
internal interface IPredictBody
{
    /// <summary>As it came.</summary>
    ReadOnlySpan<byte> Bytes { get; }

    /// <exception cref="ServiceError">InvalidArgument: names everything that is wrong, each with its field and row.</exception>
    PredictRequest Read(PipelineModel model, int maxRows);
}

/// <summary>A JSON body.</summary>
internal sealed class JsonBody(JsonDocument json) : IPredictBody, IDisposable
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    public ReadOnlySpan<byte> Bytes => JsonMarshal.GetRawUtf8Value(json.RootElement);

    /// <exception cref="ServiceError">InvalidArgument (field <c>body</c>): it is not JSON.</exception>
    public static async Task<JsonBody> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            return new(await JsonDocument.ParseAsync(body, Strict, cancellationToken));
        }
        catch (JsonException e)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"The body is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine}).", "body");
        }
        catch (InvalidOperationException) // of the look for duplicate names
        {
            throw new ServiceError(ErrorCode.InvalidArgument, "The body has a name that is no valid Unicode.", "body");
        }
    }

    public PredictRequest Read(PipelineModel model, int maxRows) => new PredictRequestReader(model, maxRows).Read(json.RootElement);

    public void Dispose() => json.Dispose();
}
