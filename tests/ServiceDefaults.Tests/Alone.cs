namespace MlAspire.ServiceDefaults.Tests;

/// <summary>Tests that compare all metrics of a service with what it did: OpenTelemetry hears every service of the process, and one that ends beside them takes the metrics of its name with it.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
