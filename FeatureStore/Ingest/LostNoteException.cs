namespace MlAspire.FeatureStore.Ingest;

/// <summary>Redis does not know up to where the log is applied, of which it was told: it lost something, and nothing was written there.</summary>
internal sealed class LostNoteException() : Exception("Redis has lost some of what was written to it.");
