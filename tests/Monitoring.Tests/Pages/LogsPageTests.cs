using MlAspire.Monitoring.Tests.Hosting;
using MlAspire.Monitoring.Tests.Logs;
using static MlAspire.Monitoring.Tests.Logs.LogsFolder;

namespace MlAspire.Monitoring.Tests.Pages;

public sealed class LogsPageTests : IAsyncLifetime
{
    private readonly LogsFolder folder = new();
    private RunningMonitoring monitoring = null!;

    public async ValueTask InitializeAsync() => monitoring = await RunningMonitoring.StartAsync(("Logs:Directory", folder.Path));

    public async ValueTask DisposeAsync()
    {
        await monitoring.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task It_shows_the_lines_of_a_request_as_a_timeline_and_nothing_of_them_becomes_markup()
    {
        folder.Write("gateway", Line(1, "asked <b>", ("service", "gateway"), ("correlation_id", "a<script>"), ("note", "<i>")), Line(9, "of another", ("correlation_id", "b")));
        folder.Write("inference", Line(2, "ran", ("service", "inference"), ("correlation_id", "a<script>")));

        var page = await PageAsync("/logs?correlation_id=a%3Cscript%3E&level=&service=");

        Assert.Contains("2 lines", page, StringComparison.Ordinal);
        Assert.Contains("<td>12:00:01.000000</td><td>0.0</td><td>INFO</td><td>gateway</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td>12:00:02.000000</td><td>1,000.0</td><td>INFO</td><td>inference</td>", page, StringComparison.Ordinal);
        Assert.Contains("asked &lt;b&gt;", page, StringComparison.Ordinal);
        Assert.Contains("<dt>note</dt><dd>&lt;i&gt;</dd>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("of another", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_what_is_wrong_and_what_to_ask()
    {
        Assert.Contains("limit must be from 1 to 10000", await PageAsync("/logs?limit=0"), StringComparison.Ordinal);
        Assert.Contains("Ask for a correlation id", await PageAsync("/logs"), StringComparison.Ordinal);
    }

    private Task<string> PageAsync(string path) => monitoring.Host.Client.GetStringAsync(path, TestContext.Current.CancellationToken);
}
