namespace MlAspire.LocalFeed.Aspire.Hosting.Run.Tests;

/// <summary>Waits with an end: what does not come says so instead of hanging.</summary>
internal static class Waits
{
    public static CancellationToken Soon(int seconds = 30)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(TimeSpan.FromSeconds(seconds));
        return source.Token;
    }

    /// <summary>Polls a fact of the operating system, which announces nothing.</summary>
    public static async Task UntilAsync(Func<bool> holds, string what, int seconds = 30)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!holds())
        {
            try
            {
                await timer.WaitForNextTickAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Not after {seconds} s: {what}");
            }
        }
    }
}
