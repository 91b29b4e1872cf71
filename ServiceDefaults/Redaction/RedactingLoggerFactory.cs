using Microsoft.Extensions.Logging;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>Stands before every sink (console, file, OTLP, a test's recorder), so that none can be forgotten: log events and scopes pass it checked or not at all, and no failure of a sink reaches who logs.</summary>
/// <param name="scopes">Those of <paramref name="inner"/>.</param>
internal sealed class RedactingLoggerFactory(ILoggerFactory inner, IExternalScopeProvider scopes) : ILoggerFactory
{
    private const string Framework = "Microsoft.AspNetCore."; // its scopes of connections and requests say nothing that a line does not have, and flow with all that a request does

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public ILogger CreateLogger(string categoryName) => new RedactingLogger(inner.CreateLogger(categoryName), scopes, hasScopes: !categoryName.StartsWith(Framework, StringComparison.Ordinal));

    public void Dispose() => inner.Dispose();

    private sealed class RedactingLogger(ILogger inner, IExternalScopeProvider scopes, bool hasScopes) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            if (!hasScopes)
            {
                return null;
            }

            if (state is ICheckedState)
            {
                return inner.BeginScope(state);
            }

            try
            {
                return RedactedState.FromScope(state) is { } clean ? inner.BeginScope(clean) : inner.BeginScope(state);
            }
            catch (Exception failure) // fails closed, as below
            {
                var nothing = new RedactedState();
                nothing.SetUnchecked(failure);
                return inner.BeginScope(nothing);
            }
        }

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!inner.IsEnabled(logLevel))
            {
                return;
            }

            var clean = RedactedState.Take();
            try
            {
                inner.Log(logLevel, eventId, clean, Check(state, exception, formatter, clean), static (checkedState, _) => checkedState.ToString());
            }
            catch (Exception) // a sink counts what it loses; what it throws is none of the business of who logs
            {
            }
            finally
            {
                clean.GiveBack();
            }
        }

        /// <returns>The exception, checked.</returns>
        private Exception? Check<TState>(TState state, Exception? exception, Func<TState, Exception?, string> formatter, RedactedState clean)
        {
            try
            {
                clean.Set(state, formatter(state, exception));
                return exception is null ? null : clean.CleanOf(exception, scopes);
            }
            catch (Exception failure) // fails closed: a value that throws when it is read must take neither its request nor a secret with it
            {
                clean.SetUnchecked(failure);
                return null;
            }
        }
    }
}
