using Microsoft.Extensions.Logging;

namespace MlAspire.ServiceDefaults.Correlation;

/// <summary>The scopes of a line: what every line of its request has, without that a scope is opened for it, and the scopes that code has opened.</summary>
internal sealed class RequestScopes : IExternalScopeProvider
{
    private readonly LoggerExternalScopeProvider opened = new();

    public void ForEachScope<TState>(Action<object?, TState> callback, TState state)
    {
        if (Work.Current is { } work)
        {
            Call(work.Scope);
            Call(work.Subject);
        }

        opened.ForEachScope(callback, state);

        void Call(object? scope)
        {
            if (scope is not null)
            {
                callback(scope, state);
            }
        }
    }

    public IDisposable Push(object? state) => opened.Push(state);
}
