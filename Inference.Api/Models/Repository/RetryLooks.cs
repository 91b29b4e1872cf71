namespace MlAspire.Inference.Api.Models.Repository;

/// <summary>When a model is tried again whose files have not changed: at the next look, then after 2, 4 and so on, at most 64 looks.</summary>
internal sealed class RetryLooks
{
    private const int Longest = 64;
    private readonly Dictionary<string, (int Wait, int Left)> waiting = new(StringComparer.Ordinal); // the models of the repository at most

    /// <summary>To be asked once a look.</summary>
    /// <param name="mayPass">The model's last load failed for a reason that may pass by itself.</param>
    public bool IsDue(string model, bool mayPass)
    {
        if (!mayPass)
        {
            Forget(model);
            return false;
        }

        var (wait, left) = waiting.GetValueOrDefault(model, (Wait: 1, Left: 1));
        var next = Math.Min(Longest, 2 * wait);
        waiting[model] = left == 1 ? (next, next) : (wait, left - 1);
        return left == 1;
    }

    public void Forget(string model) => waiting.Remove(model);
}
