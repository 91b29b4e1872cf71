namespace MlAspire.SystemTests;

/// <summary>A bounded wait for something another process does, where there is no event to await; says what it waited for.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    public static async Task TrueAsync(string what, Func<Task<bool>> condition, TimeSpan? within = null)
    {
        var limit = within ?? TimeSpan.FromSeconds(30);
        using var timer = new PeriodicTimer(Poll);
        using var timeout = new CancellationTokenSource(limit);
        while (!await condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{what}: not within {limit.TotalSeconds:0} s");
            }
        }
    }
}
