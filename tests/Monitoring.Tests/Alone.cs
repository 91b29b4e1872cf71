namespace MlAspire.Monitoring.Tests;

/// <summary>Tests that read a service's <c>/metrics</c>: OpenTelemetry hears every service of the process, and one that ends beside them takes the metrics of its name with it.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
