namespace MlAspire.LocalFeed;

/// <summary>The feed cannot be built; the message says which step failed and what would help.</summary>
internal sealed class FeedException(string message) : Exception(message);
