namespace MlAspire.LocalFeed.Aspire.Hosting.Run.Tests.Notifications;

/// <summary>Commands, as the dashboard's buttons run them.</summary>
[Collection(RunningApplicationTests.Name)]
public sealed class CommandTests(RunningApplication running)
{
    private string Web => running.Instances("web")[0].ResourceId;

    [Fact]
    public async Task An_http_command_asks_the_resource()
    {
        var result = await running.Commands.ExecuteCommandAsync(Web, "seed", Waits.Soon());
        Assert.True(result.Success, result.Message);
    }

    [Theory]
    [InlineData("refuse", "not today")]
    [InlineData("throw", "broken inside")]
    [InlineData("unknown", "Command 'unknown' not available")]
    public async Task A_failure_is_a_result_with_its_reason(string command, string reason)
    {
        var result = await running.Commands.ExecuteCommandAsync(Web, command, Waits.Soon());
        Assert.False(result.Success);
        Assert.StartsWith(reason, result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resource_that_does_not_exist_is_a_failure_that_names_it() =>
        Assert.Equal("Resource 'nobody' not found.", (await running.Commands.ExecuteCommandAsync("nobody", "seed", Waits.Soon())).Message);

    [Fact]
    public async Task A_command_on_a_resource_runs_on_every_replica()
    {
        var result = await running.Commands.ExecuteCommandAsync(running.Resource("web"), "refuse", Waits.Soon());
        Assert.Equal(string.Join(", ", running.Instances("web").Select(instance => $"Resource '{instance.ResourceId}' failed with error message: not today")), result.Message);
    }

    [Fact]
    public void What_runs_can_be_stopped_and_what_does_not_can_be_started()
    {
        Assert.Equal((ResourceCommandState.Hidden, ResourceCommandState.Enabled, ResourceCommandState.Enabled), States("web"));
        Assert.Equal((ResourceCommandState.Enabled, ResourceCommandState.Hidden, ResourceCommandState.Disabled), States("nothing"));
        Assert.DoesNotContain(running.Instances("aspire-dashboard")[0].Snapshot.Commands, command => command.Name == KnownResourceCommands.StopCommand);
    }

    private (ResourceCommandState Start, ResourceCommandState Stop, ResourceCommandState Restart) States(string resource)
    {
        var commands = running.Instances(resource)[0].Snapshot.Commands.ToDictionary(command => command.Name, command => command.State);
        return (commands["start"], commands["stop"], commands["restart"]);
    }
}
