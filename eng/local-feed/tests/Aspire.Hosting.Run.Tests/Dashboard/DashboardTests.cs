using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace MlAspire.LocalFeed.Aspire.Hosting.Run.Tests.Dashboard;

/// <summary>The real dashboard, started as a hidden resource.</summary>
[Collection(RunningApplicationTests.Name)]
public sealed class DashboardTests(RunningApplication running)
{
    [Fact]
    public async Task The_browser_token_opens_the_pages()
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = false, UseProxy = false };
        using var http = new HttpClient(handler) { BaseAddress = new Uri(running.Endpoint("aspire-dashboard", "http").Url) };

        var closed = await http.GetAsync(new Uri("/", UriKind.Relative), Waits.Soon());
        Assert.StartsWith("/login", closed.Headers.Location!.PathAndQuery, StringComparison.Ordinal);

        var opened = await http.GetAsync(new Uri($"/login?t={RunningApplication.BrowserToken}", UriKind.Relative), Waits.Soon());
        Assert.Equal((HttpStatusCode.Redirect, "/"), (opened.StatusCode, opened.Headers.Location!.OriginalString));
        Assert.Contains(opened.Headers.GetValues("Set-Cookie"), cookie => cookie.Contains("Dashboard", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dashboard_that_ends_by_itself_is_started_again_at_the_same_address()
    {
        var before = await RunningAsync(null);
        var url = running.Endpoint("aspire-dashboard", "http").Url;

        using (var process = System.Diagnostics.Process.GetProcessById(before))
        {
            process.Kill();
        }

        Assert.NotEqual(before, await RunningAsync(before));
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri($"{url}/login"), Waits.Soon())).StatusCode);
    }

    [Fact]
    public async Task The_api_key_reads_telemetry_and_nothing_else_does()
    {
        using var http = new HttpClient { BaseAddress = new Uri(running.Endpoint("aspire-dashboard", "http").Url) };
        var path = new Uri("/api/telemetry/traces", UriKind.Relative);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(path, Waits.Soon())).StatusCode);

        http.DefaultRequestHeaders.Add("x-api-key", RunningApplication.ApiKey);
        var answer = await http.GetFromJsonAsync<JsonObject>(path, Waits.Soon());
        Assert.NotNull(answer!["data"]);
    }

    /// <summary>Process id of the running dashboard, once it is another than the given one.</summary>
    private async Task<int> RunningAsync(int? other)
    {
        static int? IdOf(ResourceEvent dashboard) => dashboard.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value as int?;

        var now = await running.Notifications.WaitForResourceAsync(
            "aspire-dashboard", dashboard => dashboard.Snapshot.State?.Text == KnownResourceStates.Running && IdOf(dashboard) is { } id && id != other, Waits.Soon());
        return IdOf(now)!.Value;
    }
}
