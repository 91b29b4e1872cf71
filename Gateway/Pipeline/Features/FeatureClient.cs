using System.Text.Json;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Gateway.Pipeline.Features;

/// <summary>Reads online features from the feature store: one call for all rows.</summary>
internal sealed class FeatureClient(HttpClient http, Hedging hedging)
{
    /// <returns>The columns that <paramref name="model"/> needs, each as long as the request has rows.</returns>
    /// <exception cref="ServiceError">Unavailable, Overloaded, DeadlineExceeded: as the store says. InvalidArgument: the store refuses a value of the request. Internal: it does not answer what the pipeline needs.</exception>
    public Task<FeatureValues> ReadAsync(PipelineModel model, PredictRequest request, Deadline deadline) =>
        hedging.RunAsync(cancellation => ReadAsync(model, request, deadline, cancellation), deadline.Token);

    private async Task<FeatureValues> ReadAsync(PipelineModel model, PredictRequest request, Deadline deadline, CancellationToken cancellation)
    {
        var body = new OnlineFeaturesRequest(
            model.Definition.FeatureService!,
            model.Inputs.Entities.Zip(request.Entities).ToDictionary(entity => entity.First, entity => entity.Second),
            model.EventTime < 0 ? null : request.Times[model.EventTime]);
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/features/online") { Content = JsonContent.Create(body, FeatureJson.Default.OnlineFeaturesRequest) };
        deadline.SendWith(message.AsIdempotent());
        using var response = await http.SendAsync(message, cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            throw await FailureAsync(model, response, cancellation).ConfigureAwait(false);
        }

        try
        {
            var answer = await response.Content.ReadFromJsonAsync(FeatureJson.Default.FeatureValues, cancellation).ConfigureAwait(false);
            return Needed(model, answer!, request.Rows);
        }
        catch (JsonException e)
        {
            throw new ServiceError(ErrorCode.Internal, "The feature store's answer cannot be read.", e);
        }
    }

    /// <summary>The columns in the order of the model's features.</summary>
    private static FeatureValues Needed(PipelineModel model, FeatureValues answer, int rows)
    {
        var byName = answer.Features.ToDictionary(feature => feature.Name);
        FeatureColumn[] needed = [.. model.Inputs.Features.Select(name => byName.GetValueOrDefault(name)
            ?? throw new ServiceError(ErrorCode.Internal, $"The feature service {answer.FeatureService} has no feature {name}, which the pipeline of {model.Definition.Model} takes."))];
        var uneven = needed.FirstOrDefault(feature => feature.Values.Length != rows || feature.Statuses.Length != rows || feature.AgesSeconds.Length != rows);
        return uneven is null
            ? answer with { Features = needed }
            : throw new ServiceError(ErrorCode.Internal, $"The feature store answered feature {uneven.Name} with another number of rows than were asked for.");
    }

    private static async Task<ServiceError> FailureAsync(PipelineModel model, HttpResponseMessage response, CancellationToken cancellation)
    {
        var problem = await ReadProblemAsync(response, cancellation).ConfigureAwait(false);
        var code = ErrorMapping.FromWire(problem?.Code) ?? ErrorMapping.FromHttpStatus((int)response.StatusCode);
        var fields = FieldsOf(model, problem?.Errors ?? []);
        return code switch
        {
            ErrorCode.InvalidArgument when fields.Count > 0 => ServiceError.Many(code, fields),
            ErrorCode.Unavailable or ErrorCode.Overloaded or ErrorCode.DeadlineExceeded =>
                new ServiceError(code, $"The feature store cannot answer: {problem?.Detail ?? response.StatusCode.ToString()}") { RetryAfter = response.Headers.RetryAfter?.Delta },
            ErrorCode.NotFound or ErrorCode.NotReady => new ServiceError(ErrorCode.NotReady, $"The feature store does not serve {model.Definition.FeatureService} now."),
            _ => new ServiceError(ErrorCode.Internal, $"The feature store refused the gateway's request ({(int)response.StatusCode})."),
        };
    }

    /// <summary>The store's fields in the words of the gateway's request: <c>event_times[3]</c> is <c>inputs.departure[3]</c>.</summary>
    private static List<FieldError> FieldsOf(PipelineModel model, IReadOnlyList<FieldError> errors)
    {
        const string EventTimes = "event_times";
        return [.. errors
            .Where(error => error.Field.StartsWith("entities.", StringComparison.Ordinal) || error.Field.StartsWith(EventTimes, StringComparison.Ordinal))
            .Select(error => error.Field.StartsWith(EventTimes, StringComparison.Ordinal)
                ? error with { Field = $"inputs.{model.Definition.EventTime}{error.Field[EventTimes.Length..]}" }
                : error)];
    }

    private static async Task<FeatureProblem?> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(FeatureJson.Default.FeatureProblem, cancellation).ConfigureAwait(false);
        }
        catch (JsonException)
        {
            return null; // no problem+json: a proxy answered; the status alone decides
        }
    }
}
