namespace MlAspire.Inference.Api.Models.Repository;

/// <summary>What changes the set of loaded models after the start, with Triton's names.</summary>
public enum ModelControlMode
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The files: a change in the repository is loaded by itself.</summary>
    Poll,

    /// <summary>Load and unload requests. At the start nothing is loaded but what <see cref="ModelRepositoryOptions.Load"/> names.</summary>
    Explicit,
}
