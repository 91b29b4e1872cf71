using System.Reflection;

namespace MlAspire.ServiceDefaults.OpenApi;

/// <summary>The version of what runs here.</summary>
internal static class ServiceVersion
{
    /// <summary>As the build said it, without the commit: <c>1.0.0</c>.</summary>
    public static string Text { get; } = typeof(ServiceVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
