using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Models.Residency;

/// <summary>The session of one version. With a memory budget it may go while the version stays known, and comes back, of the same bytes, when it is asked for.</summary>
/// <param name="bytes">What it takes of the budget.</param>
/// <param name="open">Makes it again; null = it cannot be, and so it stays.</param>
internal sealed class ModelSession(ModelResidency residency, Placement placement, long bytes, Func<OnnxRunner>? open)
{
    /// <summary>Null while it is not in memory. Changed by <see cref="ResidentSessions"/> alone, under its lock, as are the next three.</summary>
    public OnnxRunner? Runner { get; set; }

    /// <summary>Who keeps it in memory, or waits for it.</summary>
    public int Users { get; set; }

    /// <summary>Completes when it is back; null when nobody brings it back.</summary>
    public Task? Returning { get; set; }

    /// <summary>In the order of use; null while it is not in memory.</summary>
    public LinkedListNode<ModelSession>? Place { get; set; }

    public long Bytes => bytes;

    public bool CanReturn => open is not null;

    public Placement Placement => placement;

    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: the machine or its device failed.</exception>
    /// <exception cref="InvalidDataException">The files cannot be loaded any more, or are not those it was made of.</exception>
    public OnnxRunner Open() => open!();

    /// <summary><see cref="OnnxRunner.Run"/>, for who has entered.</summary>
    public RunOutputs Run(IReadOnlyList<Tensor> inputs, IReadOnlyList<string> outputs, CancellationToken cancellationToken) => Runner!.Run(inputs, outputs, cancellationToken);

    /// <inheritdoc cref="ModelResidency.EnterAsync"/>
    public ValueTask EnterAsync(LoadedModel model, CancellationToken cancellationToken) => residency.EnterAsync(this, model, cancellationToken);

    public void Leave() => residency.Leave(this);

    /// <summary>Gives the memory back for good.</summary>
    public void Close() => residency.Remove(this);
}
