[assembly: AssemblyFixture(typeof(MlAspire.V2Conformance.ConformanceServer))]

namespace MlAspire.V2Conformance;

/// <summary>The server the table of cases runs against.</summary>
public sealed class ConformanceServer() : ServerUnderTest(ConformanceModels.Write);
