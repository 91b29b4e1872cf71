using MlAspire.Inference.Api.Models.Residency;

namespace MlAspire.Inference.Api.Models;

/// <summary>Keeps a model loaded while a request uses it or holds memory of its session. Disposed exactly once.</summary>
internal sealed class ModelLease(LoadedModel model) : IDisposable
{
    private bool entered;

    public LoadedModel Model => model;

    /// <summary>Has the session in memory from here on until the lease is disposed; call once, before running.</summary>
    /// <inheritdoc cref="ModelResidency.EnterAsync"/>
    public ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        entered = true;
        return model.Session.EnterAsync(model, cancellationToken);
    }

    public void Dispose()
    {
        if (entered)
        {
            model.Session.Leave();
        }

        model.Release();
    }
}
