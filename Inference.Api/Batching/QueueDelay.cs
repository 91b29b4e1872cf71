namespace MlAspire.Inference.Api.Batching;

/// <summary>How the time that the oldest waiting request has waited compares with the time that it may be held back.</summary>
internal enum QueueDelay
{
    /// <summary>The model holds no request back.</summary>
    None,

    /// <summary>It may still be held back.</summary>
    Left,

    /// <summary>It has been held back as long as it may be.</summary>
    Over,
}
