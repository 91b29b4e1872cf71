namespace MlAspire.Inference.Api.Tests;

/// <summary>Tests that look at the memory and the threads of the process: nothing else runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
