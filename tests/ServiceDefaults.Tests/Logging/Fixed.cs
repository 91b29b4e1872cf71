using Microsoft.Extensions.Options;

namespace MlAspire.ServiceDefaults.Tests.Logging;

/// <summary>Options that never change.</summary>
internal sealed class Fixed<T>(T value) : IOptionsMonitor<T>
{
    public T CurrentValue => value;

    public T Get(string? name) => value;

    public IDisposable? OnChange(Action<T, string?> listener) => null;
}
