using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Gateway.Pipeline.Features;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Gateway.Pipeline;

/// <summary>Another model that answers, of the request alone, when a model's features are not worth reading.</summary>
internal static class Fallback
{
    /// <returns>What <paramref name="read"/> answers; every feature as unavailable when the store cannot answer now, or not within half of the time that is left: the fallback has the other half.</returns>
    /// <exception cref="ServiceError">As <paramref name="read"/>, for what a fallback does not help.</exception>
    public static async Task<FeatureValues> ReadAsync(PipelineModel model, int rows, Func<Deadline, Task<FeatureValues>> read, Deadline deadline)
    {
        using var half = deadline.Half();
        try
        {
            return await read(half);
        }
        catch (Exception e) when (e is ServiceError error ? error.Code.IsTransient() : e is OperationCanceledException && half.Passed)
        {
            return FeatureValues.Unavailable(model, rows);
        }
    }

    /// <summary>Why <paramref name="fallback"/> cannot answer the requests of <paramref name="model"/>; null when it can.</summary>
    public static string? ProblemOf(PipelineModel model, PipelineModel? fallback)
    {
        var name = model.Definition.Fallback!.Model;
        if (fallback is null)
        {
            return $"fallback.model: there is no model '{name}' with a pipeline";
        }

        if (fallback.Definition.FeatureService is not null)
        {
            return $"fallback.model: '{name}' reads features itself";
        }

        // The rows stay about whom the model says: under another subject they would be in the clear, or belong to the wrong person.
        if (fallback.Definition.Subject is { } subject && subject != model.Definition.Subject)
        {
            return $"fallback.model: '{name}' has the subject {subject}, this model {model.Definition.Subject ?? "none"}";
        }

        string[] missing = [.. fallback.Inputs.Entities.Except(model.Inputs.Entities), .. fallback.Inputs.Numbers.Except(model.Inputs.Numbers), .. fallback.Inputs.Times.Except(model.Inputs.Times)];
        return missing.Length > 0 ? $"fallback.model: '{name}' takes {string.Join(", ", missing)}, which a request to this model does not have"
            : model.Definition.Columns.FirstOrDefault(column => column.Vocabulary.Any(value => !Knows(fallback, column.Source, value))) is { } column ? $"fallback.model: '{name}' does not know every {column.Source} that this model knows"
            : null;
    }

    private static bool Knows(PipelineModel fallback, string entity, string value) =>
        fallback.Inputs.Entities.ToList().IndexOf(entity) is var place && (place < 0 || fallback.Inputs.Knows(place, value));
}
