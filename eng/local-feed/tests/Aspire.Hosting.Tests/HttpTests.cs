using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;

namespace MlAspire.LocalFeed.Aspire.Hosting.Tests;

/// <summary>Health checks and commands against a real server.</summary>
public sealed class HttpTests : IAsyncLifetime
{
    private readonly AppHostFolder folder = new();
    private readonly IDistributedApplicationBuilder b;
    private WebApplication? server;
    private int health = 200;

    public HttpTests() => b = folder.CreateBuilder();

    public async ValueTask InitializeAsync()
    {
        var web = WebApplication.CreateSlimBuilder();
        web.WebHost.UseUrls("http://127.0.0.1:0");
        server = web.Build();
        server.MapGet("/health", () => Results.StatusCode(health));
        server.MapPost("/train", (HttpRequest request) => Results.Json(new { started = request.Headers["x-who"].ToString() }));
        server.MapPost("/fail", () => Results.Problem("no data", statusCode: 409));
        await server.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await server!.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Healthy_is_the_expected_status_and_nothing_else()
    {
        var tool = Tool().WithHttpHealthCheck("/health");
        var checks = b.Build().Services.GetRequiredService<HealthCheckService>();

        Assert.Equal(HealthStatus.Unhealthy, (await checks.CheckHealthAsync(TestContext.Current.CancellationToken)).Status); // not allocated yet
        Allocate(tool);
        Assert.Equal(HealthStatus.Healthy, (await checks.CheckHealthAsync(TestContext.Current.CancellationToken)).Status);

        health = 503;
        var report = (await checks.CheckHealthAsync(TestContext.Current.CancellationToken)).Entries["tool_http_/health_200_check"];
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.EndsWith("/health answered 503 instead of 200.", report.Description, StringComparison.Ordinal);

        await server!.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HealthStatus.Unhealthy, (await checks.CheckHealthAsync(TestContext.Current.CancellationToken)).Status);
    }

    [Fact]
    public async Task A_command_posts_and_gives_back_the_answer()
    {
        var options = new HttpCommandOptions
        {
            ResultMode = HttpCommandResultMode.Auto,
            PrepareRequest = context =>
            {
                context.Request.Headers.Add("x-who", context.ResourceName);
                return Task.CompletedTask;
            },
        };

        var result = await ExecuteAsync(Allocate(Tool().WithHttpCommand("/train", "Train now", commandName: "train", commandOptions: options)));

        Assert.True(result.Success);
        Assert.Equal(("""{"started":"tool"}""", CommandResultFormat.Json), (result.Data!.Value, result.Data.Format));
    }

    [Fact]
    public async Task A_command_that_is_refused_is_a_failure_with_the_status()
    {
        var result = await ExecuteAsync(Allocate(Tool().WithHttpCommand("/fail", "Fail", commandName: "fail")));

        Assert.False(result.Success);
        Assert.Equal("Request failed with status code Conflict", result.Message);
    }

    [Fact]
    public async Task A_command_before_the_endpoint_is_allocated_is_a_failure() =>
        Assert.Equal("Endpoints are not yet allocated.", (await ExecuteAsync(Tool().WithHttpCommand("/train", "Train"))).Message);

    [Fact]
    public async Task A_cancelled_command_says_so()
    {
        var result = await ExecuteAsync(Allocate(Tool().WithHttpCommand("/train", "Train")), new CancellationToken(canceled: true));

        Assert.True(result.Canceled);
    }

    private IResourceBuilder<ExecutableResource> Tool() => b.AddExecutable("tool", "x", ".").WithHttpEndpoint();

    private IResourceBuilder<ExecutableResource> Allocate(IResourceBuilder<ExecutableResource> tool)
    {
        var endpoint = tool.GetEndpoint("http").EndpointAnnotation;
        endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "127.0.0.1", new Uri(server!.Urls.Single()).Port);
        return tool;
    }

    private async Task<ExecuteCommandResult> ExecuteAsync(IResourceBuilder<ExecutableResource> tool, CancellationToken? cancellationToken = null)
    {
        var command = tool.Resource.Annotations.OfType<ResourceCommandAnnotation>().Single();
        return await command.ExecuteCommand(new ExecuteCommandContext
        {
            Services = b.Build().Services,
            ResourceName = "tool",
            CancellationToken = cancellationToken ?? TestContext.Current.CancellationToken,
            Logger = NullLogger.Instance,
            Arguments = new InteractionInputCollection([]),
        });
    }
}
