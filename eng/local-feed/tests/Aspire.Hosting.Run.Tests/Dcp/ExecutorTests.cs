using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MlAspire.LocalFeed.Aspire.Hosting.Run.Tests.Dcp;

/// <summary>What runs, in which order, with which environment; what can be done to it.</summary>
[Collection(RunningApplicationTests.Name)]
public sealed class ExecutorTests(RunningApplication running)
{
    [Fact]
    public async Task Every_replica_serves_behind_one_address()
    {
        var url = running.Endpoint("web", "http").Url;
        var answered = new HashSet<string>();
        await Waits.UntilAsync(() =>
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
            answered.Add(http.GetStringAsync(new Uri(url)).GetAwaiter().GetResult());
            return answered.Count == 2;
        }, "both replicas have answered");

        var pids = running.Instances("web").Select(instance => instance.Snapshot.Properties.Single(property => property.Name == "executable.pid").Value!.ToString()!);
        Assert.Equal(pids.Order(), answered.Order());
    }

    [Theory]
    [InlineData("SECRET", "s3cret")]
    [InlineData("OTEL_SERVICE_NAME", "web")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]
    [InlineData("LOGGING__CONSOLE__FORMATTERNAME", "simple")]
    [InlineData("ASPNETCORE_ENVIRONMENT", "(none)")]
    public async Task The_environment_is_what_the_model_says(string variable, string expected)
    {
        using var http = new HttpClient { BaseAddress = new Uri(running.Endpoint("web", "http").Url) };
        Assert.Equal(expected, await http.GetStringAsync(new Uri($"/environment/{variable}", UriKind.Relative), Waits.Soon()));
    }

    [Fact]
    public async Task Each_replica_listens_on_a_port_of_its_own_and_names_itself_in_its_telemetry()
    {
        var urls = new HashSet<string?>();
        foreach (var instance in running.Instances("web"))
        {
            var environment = instance.Snapshot.EnvironmentVariables.ToDictionary(variable => variable.Name, variable => variable.Value);
            Assert.True(urls.Add(environment["ASPNETCORE_URLS"]));
            Assert.StartsWith("http://localhost:", environment["ASPNETCORE_URLS"], StringComparison.Ordinal);
            Assert.Equal($"web-{environment["OTEL_RESOURCE_ATTRIBUTES"]!.Split('=')[1]}", instance.ResourceId);
            Assert.Equal(running.Endpoint("aspire-dashboard", "otlp-grpc").Url, environment["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        }

        await Task.CompletedTask;
    }

    [Fact]
    public void Only_variables_of_the_model_are_marked_as_such()
    {
        var variables = running.Instances("web")[0].Snapshot.EnvironmentVariables;
        Assert.True(variables.Single(variable => variable.Name == "SECRET").IsFromSpec);
        Assert.False(variables.Single(variable => variable.Name == "PATH").IsFromSpec);
    }

    [Fact]
    public void A_secret_argument_is_marked_as_such()
    {
        var properties = running.Instances("web")[0].Snapshot.Properties;
        var shown = properties.Single(property => property.Name == "resource.appArgs");
        Assert.Equal(["--greeting", "s3cret"], Assert.IsAssignableFrom<IEnumerable<string>>(shown.Value));
        Assert.True(shown.IsSensitive);
        Assert.Equal([0, 1], Assert.IsAssignableFrom<IEnumerable<int>>(properties.Single(property => property.Name == "resource.appArgsSensitivity").Value));
    }

    [Fact]
    public async Task Health_is_reported_under_the_key_of_the_check()
    {
        await running.Notifications.WaitForResourceHealthyAsync("web", Waits.Soon());
        var report = Assert.Single(running.Instances("web")[0].Snapshot.HealthReports);
        Assert.Equal(("web_http_/health_200_check", HealthStatus.Healthy), (report.Name, report.Status));
        Assert.NotNull(report.LastRunAt);
    }

    [Fact]
    public async Task Who_waits_starts_when_the_others_are_ready()
    {
        var after = await running.Notifications.WaitForResourceHealthyAsync("after-web", Waits.Soon());
        lock (running.ReadyOrder)
        {
            Assert.True(running.ReadyOrder.IndexOf("cache") < running.ReadyOrder.IndexOf("web"));
            Assert.True(running.ReadyOrder.IndexOf("web") < running.ReadyOrder.IndexOf("after-web"));
        }

        Assert.All(running.Instances("web"), web => Assert.True(web.Snapshot.StartTimeStamp < after.Snapshot.StartTimeStamp));
        Assert.Equal(running.Instances("web")[0].ResourceId, after.Snapshot.Properties.Single(property => property.Name == "resource.parentName").Value);
    }

    [Fact]
    public async Task A_program_that_is_not_there_fails_to_start_and_the_console_says_why()
    {
        await running.Notifications.WaitForResourceAsync("nothing", KnownResourceStates.FailedToStart, Waits.Soon());
        var lines = new List<string>();
        await foreach (var batch in running.App.Services.GetRequiredService<ResourceLoggerService>().GetAllAsync(running.Resource("nothing")))
        {
            lines.AddRange(batch.Select(line => line.Content));
        }

        Assert.Contains(lines, line => line.Contains("[sys]", StringComparison.Ordinal) && line.Contains("no such file or directory", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_restart_gives_a_new_process_behind_the_same_address()
    {
        var port = running.Endpoint("restarted", "tcp").Port;
        var before = await Redis.ProcessIdAsync(port, Waits.Soon());

        var result = await running.Commands.ExecuteCommandAsync(running.Resource("restarted"), KnownResourceCommands.RestartCommand, Waits.Soon());

        Assert.True(result.Success, result.Message);
        await running.Notifications.WaitForResourceHealthyAsync("restarted", Waits.Soon());
        Assert.Equal(port, running.Endpoint("restarted", "tcp").Port);
        Assert.NotEqual(before, await Redis.ProcessIdAsync(port, Waits.Soon()));
    }

    [Fact]
    public async Task A_job_is_started_by_hand_and_its_exit_code_lets_the_waiting_one_start()
    {
        Assert.Equal(KnownResourceStates.NotStarted, running.Instances("job")[0].Snapshot.State?.Text);
        var waiting = running.Commands.ExecuteCommandAsync(running.Resource("after-job"), KnownResourceCommands.StartCommand, Waits.Soon());
        var shown = await running.Notifications.WaitForResourceAsync("after-job", change => change.Snapshot.State?.Text == KnownResourceStates.Waiting, Waits.Soon());
        Assert.Equal([running.Instances("job")[0].ResourceId], Assert.IsAssignableFrom<IEnumerable<string>>(shown.Snapshot.Properties.Single(property => property.Name == "resource.waitingFor").Value));

        Assert.True((await running.Commands.ExecuteCommandAsync(running.Resource("job"), KnownResourceCommands.StartCommand, Waits.Soon())).Success);

        var ended = await running.Notifications.WaitForResourceAsync("job", change => change.Snapshot.ExitCode is not null, Waits.Soon());
        Assert.Equal(("Finished", 3), (ended.Snapshot.State?.Text, ended.Snapshot.ExitCode));
        Assert.True((await waiting).Success);
        await running.Notifications.WaitForResourceAsync("after-job", KnownResourceStates.Running, Waits.Soon());
    }

    [Fact]
    public async Task A_missing_parameter_fails_only_who_needs_it_and_is_named()
    {
        Assert.Equal("ValueMissing", running.Instances("missing")[0].Snapshot.State?.Text);

        var result = await running.Commands.ExecuteCommandAsync(running.Resource("needy"), KnownResourceCommands.StartCommand, Waits.Soon());

        Assert.False(result.Success);
        Assert.Contains("'needy' cannot start: the environment variable 'MISSING'", result.Message, StringComparison.Ordinal);
        Assert.Equal(KnownResourceStates.FailedToStart, running.Instances("needy")[0].Snapshot.State?.Text);
    }
}
