namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>A disk that cannot be written any more: the kernel answers EIO to every fsync of one file by one thread, the next one that asks this clock for the time.</summary>
internal sealed class FailingFsync : TimeProvider
{
    private int descriptor = -1;

    /// <param name="path">Of a file that this process has open.</param>
    public void Fail(string path) => descriptor = FsyncFilter.DescriptorOf(path);

    public override DateTimeOffset GetUtcNow()
    {
        Install();
        return base.GetUtcNow();
    }

    public override long GetTimestamp()
    {
        Install();
        return base.GetTimestamp();
    }

    private void Install()
    {
        if (Interlocked.Exchange(ref descriptor, -1) is var file and >= 0)
        {
            FsyncFilter.Install(file, FsyncFilter.Fail);
        }
    }
}
