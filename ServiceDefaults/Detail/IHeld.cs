namespace MlAspire.ServiceDefaults.Detail;

/// <summary>A line or a span that waits for the verdict on its trace. One of the two methods is called, once.</summary>
internal interface IHeld
{
    /// <summary>It is sent.</summary>
    void Release();

    /// <summary>It is not: the trace is not worth it (<paramref name="sampled"/>), or there was no room for it.</summary>
    void Discard(bool sampled);
}
