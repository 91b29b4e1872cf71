namespace MlAspire.V2Conformance;

/// <summary>Tests that look at the memory of the process: nothing else runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
