namespace MlAspire.Inference.Api.Models;

/// <summary>Keeps a model loaded while a request uses it or holds memory of its session. Disposed exactly once.</summary>
internal sealed class ModelLease(LoadedModel model) : IDisposable
{
    public LoadedModel Model => model;

    public void Dispose() => model.Release();
}
