namespace MlAspire.ServiceDefaults.Configuration;

/// <summary>A section of the configuration that the service reads; docs/configuration.md is held against them.</summary>
/// <param name="Name">In the configuration.</param>
/// <param name="Type">The options class.</param>
public sealed record OptionsSection(string Name, Type Type);
