using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.ServiceDefaults.Columns;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Gateway.Pipeline.Features;

/// <summary>Reads online features from the feature store: one call for all rows.</summary>
internal sealed class FeatureClient(HttpClient http, Hedging hedging)
{
    private const string EventTimes = "event_times";
    private const string Request = "request.";

    /// <returns>The columns that <paramref name="model"/> needs, each as long as the request has rows.</returns>
    /// <exception cref="ServiceError">Unavailable, Overloaded, DeadlineExceeded: as the store says. InvalidArgument: the store refuses a value of the request. Internal: it does not answer what the pipeline needs, or needs what the pipeline does not send.</exception>
    public Task<FeatureValues> ReadAsync(PipelineModel model, PredictRequest request, Deadline deadline) =>
        hedging.RunAsync(cancellationToken => ReadAsync(model, request, deadline, cancellationToken), deadline.Token);

    private async Task<FeatureValues> ReadAsync(PipelineModel model, PredictRequest request, Deadline deadline, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/features/online") { Content = new ByteArrayContent(FeatureColumns.Ask(model, request)) };
        message.Content.Headers.ContentType = new(Column.ContentType);
        message.Headers.Accept.Add(new(Column.ContentType));
        deadline.SendWith(message.AsIdempotent());
        using var response = await http.SendAsync(message, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw await FailureAsync(model, response, cancellationToken);
        }

        return FeatureColumns.Read(model, await response.Content.ReadAsByteArrayAsync(cancellationToken), request.Rows);
    }

    private static async Task<ServiceError> FailureAsync(PipelineModel model, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var failure = await response.FailureAsync(cancellationToken);
        List<FieldError> fields = [.. failure.Errors.Select(error => FieldOf(model, error)).OfType<FieldError>()];
        return failure.Code switch
        {
            ErrorCode.InvalidArgument when NotSent(model, failure.Errors) is { } input => new ServiceError(ErrorCode.Internal, $"The feature service {model.Definition.FeatureService} takes {input} with the request, which is not in the featureRequest of the pipeline of {model.Definition.Model}."),
            ErrorCode.InvalidArgument when fields.Count > 0 => ServiceError.Many(failure.Code, fields),
            ErrorCode.NotFound or ErrorCode.NotReady => new ServiceError(ErrorCode.NotReady, $"The feature store does not serve {model.Definition.FeatureService} now."),
            var code when code.IsTransient() => new ServiceError(code, $"The feature store cannot answer: {failure.Message}") { RetryAfter = failure.RetryAfter },
            _ => new ServiceError(ErrorCode.Internal, $"The feature store refused the gateway's request ({(int)response.StatusCode})."),
        };
    }

    /// <summary>The request input that the store misses because the pipeline does not send it; null when there is none.</summary>
    private static string? NotSent(PipelineModel model, IReadOnlyList<FieldError> errors) => errors
        .Where(error => error.Field.StartsWith(Request, StringComparison.Ordinal)).Select(error => error.Field[Request.Length..])
        .FirstOrDefault(name => !model.Definition.FeatureRequest.Contains(name.Split('[')[0]));

    /// <summary>The store's field in the words of the gateway's request: <c>event_times[3]</c> is <c>inputs.departure[3]</c>, <c>request.distance[3]</c> is <c>inputs.distance[3]</c>; null when it is none of it.</summary>
    private static FieldError? FieldOf(PipelineModel model, FieldError error) => error.Field switch
    {
        var field when field.StartsWith(EventTimes, StringComparison.Ordinal) => error with { Field = $"inputs.{model.Definition.EventTime}{field[EventTimes.Length..]}" },
        var field when field.StartsWith(Request, StringComparison.Ordinal) => error with { Field = $"inputs.{field[Request.Length..]}" },
        var field => field.StartsWith("entities.", StringComparison.Ordinal) ? error : null,
    };
}
