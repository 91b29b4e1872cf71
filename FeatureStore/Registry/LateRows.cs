namespace MlAspire.FeatureStore.Registry;

/// <summary>What becomes of a row that is late: older than its source's watermark by more than the source's lateness.</summary>
internal enum LateRows { Apply, Refuse }
