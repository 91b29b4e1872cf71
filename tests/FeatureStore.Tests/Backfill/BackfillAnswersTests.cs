using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using MlAspire.FeatureStore.Backfill;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.Offline;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Backfill;

/// <summary>What a store, or a proxy before it, answers instead of taking rows.</summary>
public sealed class BackfillAnswersTests : IDisposable
{
    private const string Html = "<html><body>Something is wrong.</body></html>";
    private readonly LogFolder folder = new();
    private readonly StringWriter errors = new();

    public void Dispose()
    {
        folder.Dispose();
        errors.Dispose();
    }

    [Theory]
    [InlineData(429)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task What_passes_is_waited_for_on_both_routes(int status)
    {
        var answers = new Queue<IResult>([Page(status), Next(0), Page(status), Taken]);

        Assert.Equal((ExitCode.Done, 0), (await RunAsync(answers), answers.Count));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(501)]
    public async Task A_defect_of_the_store_ends_it_with_its_status_and_no_stack_trace(int status)
    {
        Assert.Equal(ExitCode.ServiceFailed, await RunAsync(new([Page(status)])));
        Assert.Equal(ExitCode.ServiceFailed, await RunAsync(new([Next(0), Page(status)])));

        Assert.Equal(2, errors.ToString().Split('\n').Count(line => line.StartsWith($"{status}: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_answer_that_is_not_the_stores_ends_it()
    {
        Assert.Equal(ExitCode.ServiceFailed, await RunAsync(new([Page(200)])));
        Assert.Equal(ExitCode.ServiceFailed, await RunAsync(new([Results.Json(new { })])));

        Assert.Equal(2, errors.ToString().Split("The answer is not the JSON that was asked for.").Length - 1);
    }

    [Fact]
    public async Task An_answer_that_takes_too_long_is_asked_for_again()
    {
        var asked = 0;
        await using var store = await StartAsync(async context =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
            return Next(7);
        });
        using var http = new HttpClient { BaseAddress = new Uri(store.Urls.First()), Timeout = TimeSpan.FromMilliseconds(200) };
        var client = new BackfillClient(http, new PushSource("landings", "event_time", []), "backfill", TimeProvider.System, errors.WriteLine);

        Assert.Equal(7, await client.NextOffsetAsync(CancellationToken.None).WithinAsync("the second answer"));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    public async Task A_refusal_of_the_whole_push_is_what_was_given(int status)
    {
        Assert.Equal(ExitCode.Failed, await RunAsync(new([Next(0), Page(status)])));
    }

    [Fact]
    public async Task A_row_that_the_store_neither_takes_nor_sets_aside_ends_it_with_its_line()
    {
        var wrong = Results.Json(new { title = "wrong", errors = new[] { new { field = "df.delay_minutes[0]", message = "must be from 0 to 3" } } }, statusCode: 400);

        Assert.Equal(ExitCode.Failed, await RunAsync(new([Next(0), wrong, wrong])));

        Assert.Matches("^0 rows in [0-9.]+ s, 1 in quarantine: .*landings.csv.quarantine.csv\nThe store does not set aside what it refuses \\(1 of 1 rows\\); line 2: delay_minutes must be from 0 to 3.\n$", errors.ToString());
    }

    [Fact]
    public async Task What_was_wrong_is_counted_also_when_the_store_fails_afterwards()
    {
        var wrong = Results.Json(new { title = "wrong", errors = new[] { new { field = "df.delay_minutes[0]", message = "must be from 0 to 3" } } }, statusCode: 400);

        Assert.Equal(ExitCode.ServiceFailed, await RunAsync(new([Next(0), wrong, Page(500)])));

        Assert.Matches("^0 rows in [0-9.]+ s, 1 in quarantine: .*landings.csv.quarantine.csv\n500: ", errors.ToString());
    }

    private static IResult Taken => Results.Json(new { accepted = 1, skipped = 0 });

    private static IResult Page(int status) => Results.Content(Html, "text/html; charset=none-such", statusCode: status);

    private static IResult Next(long offset) => Results.Json(new { producer = "backfill", next_offset = offset });

    private async Task<int> RunAsync(Queue<IResult> answers)
    {
        await using var store = await StartAsync(_ => Task.FromResult(answers.Dequeue()));
        var file = Path.Combine(folder.Path, "landings.csv");
        await File.WriteAllTextAsync(file, "delay_minutes,origin,destination,event_time\n5,ATL,BOS,2001-03-25T12:00:00Z\n");
        return await new BackfillCommand(TextWriter.Synchronized(errors), TimeProvider.System)
            .RunAsync([file, "--source", "landings", "--producer", "backfill", "--store", store.Urls.First()], CancellationToken.None).WithinAsync("the backfill");
    }

    private static async Task<WebApplication> StartAsync(Func<HttpContext, Task<IResult>> answer)
    {
        var app = WebApplication.CreateBuilder(new WebApplicationOptions { Args = ["--urls", "http://127.0.0.1:0"] }).Build();
        app.MapFallback(async context => await (await answer(context)).ExecuteAsync(context));
        await app.StartAsync();
        return app;
    }
}
