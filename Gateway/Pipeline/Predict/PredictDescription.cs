using System.Text.Json;
using Microsoft.OpenApi;
using MlAspire.Gateway.Idempotency;
using MlAspire.Gateway.Pipeline.Batch;
using MlAspire.ServiceDefaults.Columns;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.Gateway.Pipeline.Predict;

/// <summary>What the OpenAPI document says of a predict request: its body depends on the model, as <c>/v1/models</c> tells.</summary>
internal static class PredictDescription
{
    private const string Columns = "The same as columns of bytes (docs/columns.md).";

    public static void Describe(this RouteHandlerBuilder route, PipelineOptions options) => route
        .TakesBody(typeof(PredictBody)).TakesToo(Column.ContentType, Columns)
        .Produces<PredictAnswer>().AnswersToo(Column.ContentType, Columns).AnswersToo(BatchPrediction.ContentType, "The answer in parts, as they are made; for many rows.")
        .WithExample("""{"entities": {"origin": ["ATL"], "destination": ["LGA"]}, "inputs": {"distance_miles": [761], "departure": ["2001-02-24T14:30:00-05:00"]}}""")
        .WithParameters(
            new ApiParameter("version", "Which version shall answer; without it the route decides.") { Example = "1" },
            new ApiParameter(IdempotencyKey.Header, "Under which the same request may be sent again: its answer is the same, and it is asked once.") { IsHeader = true },
            new ApiParameter(RequestDeadline.Header, "Milliseconds that the request may take.")
            {
                IsHeader = true, Type = JsonSchemaType.Integer, Format = "int64", Minimum = 1, Maximum = (long)options.MaxTimeout.TotalMilliseconds,
            })
        .FailsWith(
            ErrorCode.InvalidArgument, ErrorCode.NotFound, ErrorCode.Aborted, ErrorCode.PayloadTooLarge, ErrorCode.Overloaded, ErrorCode.Unavailable, ErrorCode.NotReady, ErrorCode.DeadlineExceeded);
}

/// <summary>Body of <c>POST /v1/models/{name}/predict</c>: columns of equal length, one value a row.</summary>
/// <param name="Entities">The entities that <c>/v1/models</c> names; left out where there are none.</param>
/// <param name="Inputs">The inputs that <c>/v1/models</c> names, numbers or times with their offset; left out where there are none.</param>
/// <param name="PredictionIds">Distinct; without them the gateway makes some.</param>
/// <param name="Explain">Whether the answer shall hold the features as read.</param>
internal sealed record PredictBody(
    IReadOnlyDictionary<string, IReadOnlyList<string>>? Entities, IReadOnlyDictionary<string, IReadOnlyList<JsonElement>>? Inputs, IReadOnlyList<string>? PredictionIds, bool? Explain);
