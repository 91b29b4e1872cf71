using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Can be found by name through service discovery.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;
