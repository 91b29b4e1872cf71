using System.IO.Hashing;
using System.Text;
using MlAspire.Gateway.Pipeline.Predict;

namespace MlAspire.Gateway.Routing;

/// <summary>A fixed place in [0, 1) for every combination of entities, so that the same ones always meet the same side of a split.</summary>
internal static class StickyHash
{
    /// <param name="salt">Another salt gives other places: the model and its canary, so that not always the same entities try first.</param>
    /// <param name="request">Its first row decides for all its rows, because one request goes to one version.</param>
    /// <param name="id">Of the request: decides where the model has no entities.</param>
    /// <returns>Uniform over entities, or ids; the same on every machine and after every restart.</returns>
    public static double PlaceOf(string salt, PredictRequest request, string? id)
    {
        var key = string.Join('\u001f', (request.Entities.Length == 0 ? [id ?? ""] : request.Entities.Select(column => column[0])).Prepend(salt));
        return (XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(key)) >> 11) * (1.0 / (1UL << 53));
    }
}
