using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Logging;

public sealed partial class RequestFactsTests
{
    [Fact]
    public async Task Work_that_outlives_its_request_has_the_requests_id_on_its_lines_and_not_its_facts()
    {
        var over = new TaskCompletionSource();
        await using var service = await TestService.StartAsync(map: app => app.MapGet("/begin", (ILoggerFactory loggers) =>
        {
            RequestFacts.Current!.Add("rows", 3);
            _ = LaterAsync(loggers.CreateLogger("Test"), over.Task);
            return "begun";
        }));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/begin") { Headers = { { "x-correlation-id", "c-1" } } };

        await service.Client.SendAsync(request);
        var line = await Eventually.ValueAsync("the request's line", () => Task.FromResult(service.Logs.Named("request_completed").SingleOrDefault()));
        over.SetResult();
        var later = await Eventually.ValueAsync("the later line", () => Task.FromResult(service.Logs.Named("later").SingleOrDefault()));

        Assert.Equal(("c-1", "/begin", 3, true), (line.Fields["correlation_id"], line.Fields["RequestPath"], line.Fields["rows"], line.Fields.ContainsKey("process_id")));
        Assert.Equal(("c-1", "/begin", false, false), (later.Fields["correlation_id"], later.Fields["RequestPath"], later.Fields.ContainsKey("rows"), later.Fields.ContainsKey("process_id")));
    }

    [Fact]
    public async Task What_a_request_says_is_in_no_line_of_the_next()
    {
        await using var service = await TestService.StartAsync(map: app => app.MapGet("/{number:int}", (int number) => RequestFacts.Current!.Add($"only_{number}", number)));
        for (var number = 0; number < 20; number++)
        {
            await service.Client.GetAsync($"/{number}");
        }

        var lines = await Eventually.ValueAsync("every request's line", () => Task.FromResult(service.Logs.Named("request_completed").ToList() is { Count: 20 } all ? all : null));

        Assert.All(lines, line => Assert.Equal([$"only_{((string)line.Fields["RequestPath"]!)[1..]}"], line.Fields.Keys.Where(name => name.StartsWith("only_", StringComparison.Ordinal))));
    }

    private static async Task LaterAsync(ILogger log, Task over)
    {
        await over;
        Later(log);
    }

    [LoggerMessage(EventName = "later", Level = LogLevel.Information, Message = "Later")]
    private static partial void Later(ILogger log);
}
