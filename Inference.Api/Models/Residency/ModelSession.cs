using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Models.Residency;

/// <summary>The session of one version. With a memory budget it may go while the version stays known, and comes back, of the same bytes, when it is asked for.</summary>
/// <param name="bytes">What it takes of the budget.</param>
/// <param name="source">What it can be made of again; null = it cannot be, and so it stays.</param>
internal sealed class ModelSession(ModelResidency residency, Placement placement, long bytes, SessionSource? source)
{
    private volatile FailedReturn? failed; // the last attempt to bring it back

    /// <summary>Null while it is not in memory. Changed by <see cref="ResidentSessions"/> alone, under its lock, as are the next four.</summary>
    public OnnxRunner? Runner { get; set; }

    /// <summary>Who keeps it in memory, or waits for it.</summary>
    public int Users { get; set; }

    /// <summary>Completes when it is back; null when nobody brings it back.</summary>
    public Task? Returning { get; set; }

    /// <summary>In the order of use; null while it is not in memory.</summary>
    public LinkedListNode<ModelSession>? Place { get; set; }

    /// <summary>When it may go for others.</summary>
    public Stay Stay { get; set; } = source is null ? Stay.Always : Stay.WhileUsed;

    public long Bytes => bytes;

    public Placement Placement => placement;

    /// <summary>Makes it again.</summary>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: the machine or its device failed.</exception>
    /// <exception cref="InvalidDataException">The files cannot be loaded any more, or are not those it was made of.</exception>
    public OnnxRunner Open()
    {
        var fingerprint = source!.Fingerprint();
        try
        {
            return source.Open();
        }
        catch (InvalidDataException exception)
        {
            failed = new(fingerprint, exception.Message);
            throw;
        }
    }

    /// <summary>Throws what <see cref="Open"/> did when the files are still those that it failed for: nobody's session should go for it again, nor all of them be read.</summary>
    /// <exception cref="InvalidDataException">As <see cref="Open"/>.</exception>
    public void RequireHope()
    {
        if (failed is { } last && last.Fingerprint == source!.Fingerprint())
        {
            throw new InvalidDataException(last.Reason);
        }
    }

    /// <summary>Its files are about to be replaced: others go first.</summary>
    public void Replacing() => Stays(Stay.Longest);

    /// <summary>Its files are no longer those it was made of, and what they are now was refused.</summary>
    /// <returns>False when it is not in memory, and so cannot serve any more.</returns>
    public bool KeepForGood() => Stays(Stay.Always);

    /// <summary>Its files are those it was made of (again).</summary>
    public void KeepWhileUsed() => Stays(Stay.WhileUsed);

    /// <summary><see cref="OnnxRunner.Run"/>, for who has entered.</summary>
    public RunOutputs Run(IReadOnlyList<Tensor> inputs, IReadOnlyList<string> outputs, CancellationToken cancellationToken) => Runner!.Run(inputs, outputs, cancellationToken);

    /// <inheritdoc cref="ModelResidency.EnterAsync"/>
    public ValueTask EnterAsync(LoadedModel model, CancellationToken cancellationToken) => residency.EnterAsync(this, model, cancellationToken);

    public void Leave() => residency.Leave(this);

    /// <summary>Gives the memory back for good.</summary>
    public void Close() => residency.Remove(this);

    private bool Stays(Stay stay) => residency.Stays(this, source is null ? Stay.Always : stay);

    private sealed record FailedReturn(string Fingerprint, string Reason);
}

/// <summary>When a session may go to make room.</summary>
internal enum Stay
{
    /// <summary>When it is not in use, and was used longest ago.</summary>
    WhileUsed,

    /// <summary>The same, after all the others.</summary>
    Longest,

    /// <summary>Never.</summary>
    Always,
}

/// <summary>What a session is made of again.</summary>
/// <param name="Open">Reads the files and makes it.</param>
/// <param name="Fingerprint">Changes when the files do; cheap.</param>
internal sealed record SessionSource(Func<OnnxRunner> Open, Func<string> Fingerprint);
