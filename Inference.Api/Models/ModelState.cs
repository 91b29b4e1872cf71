namespace MlAspire.Inference.Api.Models;

/// <summary>Where a version of a model stands; the names of the repository index are these in upper case.</summary>
internal enum ModelState
{
    Loading,
    Ready,
    Unloading,
    Unavailable,
}
