namespace MlAspire.Monitoring.Rollouts;

/// <summary>Whether two shares differ, exact for any numbers.</summary>
internal static class FisherExactTest
{
    /// <summary>Probability that, of all failures, at least as many as observed fall to the first group, when both fail equally.</summary>
    /// <returns>Σ over k ≥ <paramref name="failures"/> of the hypergeometric probability; 1 when the first group does not fail more often. O(failures).</returns>
    /// <remarks>Source: R. A. Fisher, The Logic of Inductive Inference, Journal of the Royal Statistical Society 98 (1935).</remarks>
    public static double Probability(long failures, long requests, long otherFailures, long otherRequests)
    {
        if (failures * otherRequests <= otherFailures * requests)
        {
            return 1;
        }

        var (all, allFailures) = (requests + otherRequests, failures + otherFailures);
        var term = Math.Exp(LogChoose(requests, failures) + LogChoose(otherRequests, otherFailures) - LogChoose(all, allFailures));
        var sum = 0.0;
        for (var k = failures; term > 0 && sum + term > sum; k++) // terms fall from here on: the observed number is over the mode
        {
            sum += term;
            term *= (double)(allFailures - k) * (requests - k) / ((double)(k + 1) * (otherRequests - allFailures + k + 1));
        }

        return Math.Min(1, sum);
    }

    private static double LogChoose(long n, long k) => LogFactorial(n) - LogFactorial(k) - LogFactorial(n - k);

    // Stirling's series from 10 on: off by less than 1e-10.
    private static double LogFactorial(long n)
    {
        if (n < 10)
        {
            var log = 0.0;
            for (var i = 2; i <= n; i++)
            {
                log += Math.Log(i);
            }

            return log;
        }

        double x = n;
        return (x * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI * x)) + (1 / (12 * x)) - (1 / (360 * x * x * x));
    }
}
