using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Dashboard.Messages;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Message = Aspire.Hosting.Dashboard.Messages.Resource;

namespace MlAspire.LocalFeed.Aspire.Hosting.Run.Tests.Dashboard;

/// <summary>The resource service as the dashboard calls it.</summary>
[Collection(RunningApplicationTests.Name)]
public sealed class ResourceServiceTests(RunningApplication running)
{
    [Fact]
    public async Task Without_the_key_nobody_is_answered()
    {
        var client = await ClientAsync();
        var error = await Assert.ThrowsAsync<RpcException>(async () => await client.GetApplicationInformationAsync(new(), new Metadata { { "x-resource-service-api-key", "wrong" } }));
        Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
    }

    [Fact]
    public async Task The_first_message_holds_every_resource_and_satisfies_what_the_dashboard_needs()
    {
        using var call = (await ClientAsync()).WatchResources(new(), Key());
        Assert.True(await call.ResponseStream.MoveNext(Waits.Soon()));
        var resources = call.ResponseStream.Current.InitialData.Resources;

        Assert.Equal(
            running.Model.Resources.SelectMany(resource => resource.GetResolvedResourceNames()).Order(),
            resources.Select(resource => resource.Name).Order());
        Assert.All(resources, resource =>
        {
            Assert.NotNull(resource.CreatedAt);
            Assert.All(resource.Properties, property => Assert.NotNull(property.Value));
            Assert.All(resource.Urls, url => Assert.NotNull(url.DisplayProperties));
        });
        Assert.True(Of(resources, "aspire-dashboard").IsHidden);
        var web = Of(resources, "web");
        Assert.Equal(("Project", "Running", "web"), (web.ResourceType, web.State, web.DisplayName));
        Assert.Equal([(running.Endpoint("web", "http").Url, false)], web.Urls.Select(url => (url.FullUrl, url.IsInactive)));
        Assert.Contains(web.Relationships, relation => relation is { ResourceName: "cache", Type: "WaitFor" });
        Assert.Equal(Programs.FixtureProject, web.Properties.Single(property => property.Name == "project.path").Value.StringValue);
        var secret = Of(resources, "secret");
        Assert.True(secret.Properties.Single(property => property.Name == "Value").IsSensitive);
    }

    [Fact]
    public async Task A_command_is_executed_and_its_message_comes_back()
    {
        var client = await ClientAsync();
        var web = running.Instances("web")[0].ResourceId;
        var refused = await client.ExecuteResourceCommandAsync(new() { ResourceName = web, CommandName = "refuse" }, Key());
        Assert.Equal((ResourceCommandOutcome.Failed, "not today"), (refused.Kind, refused.Message));
        Assert.Equal(ResourceCommandOutcome.Succeeded, (await client.ExecuteResourceCommandAsync(new() { ResourceName = web, CommandName = "seed" }, Key())).Kind);
    }

    [Fact]
    public async Task Console_lines_come_with_number_time_and_origin()
    {
        var client = await ClientAsync();
        var cache = running.Instances("cache")[0].ResourceId;
        using var call = client.WatchResourceConsoleLogs(new() { ResourceName = cache, SuppressFollow = true }, Key());
        var lines = new List<ConsoleLogLine>();
        while (await call.ResponseStream.MoveNext(Waits.Soon()))
        {
            lines.AddRange(call.ResponseStream.Current.LogLines);
        }

        Assert.Equal(Enumerable.Range(1, lines.Count), lines.Select(line => line.LineNumber));
        Assert.Contains(lines, line => line.Text.Contains("Ready to accept connections", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.True(DateTimeOffset.TryParse(line.Text.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture, out _), line.Text));
    }

    [Fact]
    public async Task A_change_is_pushed()
    {
        using var call = (await ClientAsync()).WatchResources(new(), Key());
        Assert.True(await call.ResponseStream.MoveNext(Waits.Soon()));
        await running.Notifications.PublishUpdateAsync(running.Resource("secret"), snapshot => snapshot with { State = "Pushed" });
        while (await call.ResponseStream.MoveNext(Waits.Soon()))
        {
            if (call.ResponseStream.Current.Changes.Value.Any(change => change.Upsert is { DisplayName: "secret", State: "Pushed" }))
            {
                return;
            }
        }

        Assert.Fail("The stream ended without the change.");
    }

    private static Message Of(IEnumerable<Message> resources, string name) => resources.First(resource => resource.DisplayName == name);

    private Metadata Key() => new() { { "x-resource-service-api-key", running.App.Services.GetRequiredService<IConfiguration>()["AppHost:ResourceService:ApiKey"]! } };

    private async Task<DashboardService.DashboardServiceClient> ClientAsync() =>
        new(GrpcChannel.ForAddress(await running.App.Services.GetRequiredService<ResourceServiceHost>().Address));
}
