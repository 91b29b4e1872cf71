using MlAspire.Pipelines.Jobs;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Pipelines.Tests.Jobs;

public sealed class JobArgumentsTests
{
    [Fact]
    public void Switches_become_settings()
    {
        var arguments = JobArguments.Parse(["replay", "--speed", "600", "--from=2001-02-24T12:00:00Z", "--data", "/flights"]);

        Assert.Equal("replay", arguments.Job);
        Assert.Equal(
            new Dictionary<string, string?> { ["Replay:Speed"] = "600", ["Replay:From"] = "2001-02-24T12:00:00Z", ["Flights:Directory"] = "/flights" },
            arguments.Settings);
    }

    [Theory]
    [InlineData("", "No job is given: the first argument is one of train, replay, freshness, leaks.")]
    [InlineData("fly", "There is no job 'fly': the first argument is one of train, replay, freshness, leaks.")]
    [InlineData("replay --sped 3", "There is no option '--sped'; there are --data, --file, --from, --speed, --limit, --warm-up-days, --predict-rate.")]
    [InlineData("train --speed 3", "There is no option '--speed'; there are --data, --file, --models, --version, --from, --test-from, --min-auc, --trees, --leaves, --learning-rate.")]
    [InlineData("replay 3", "'3' is one too many.")]
    [InlineData("replay --speed", "The option --speed needs a value.")]
    [InlineData("replay --speed --limit 3", "The option --speed needs a value.")]
    [InlineData("replay --speed=", "The option --speed needs a value.")]
    [InlineData("replay --limit 3 --limit 4", "The option --limit is given twice.")]
    public void What_is_not_understood_is_refused_with_what_there_is(string line, string message)
    {
        var error = Assert.Throws<ServiceError>(() => JobArguments.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

        Assert.Equal((ErrorCode.InvalidArgument, message), (error.Code, error.Message));
    }

    [Theory]
    [InlineData(2, "train", "--trees", "0")]
    [InlineData(2, "train", "--from", "someday")]
    [InlineData(2, "train", "--from", "2001-03-02")]
    [InlineData(2, "replay", "--from", "2001-02-24T12:00:00")]
    [InlineData(2, "replay", "--speed", "fast")]
    [InlineData(2, "freshness", "--auc-budget", "2")]
    [InlineData(2, "leaks", "--known-at", "sunrise")]
    [InlineData(2)]
    [InlineData(1, "train", "--data", "/no/such/folder")]
    public async Task The_exit_code_tells_wrong_arguments_from_a_job_that_failed(int exitCode, params string[] args)
    {
        Assert.Equal(exitCode, await PipelinesApp.RunAsync(args, CancellationToken.None));
    }
}
