using Microsoft.Extensions.Configuration;

namespace MlAspire.LocalFeed.Aspire.Hosting.Testing.Tests;

/// <summary>What the testing builder does before anything runs.</summary>
public sealed class HeldAppHostTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_AppHost_is_held_where_a_test_can_still_change_its_model()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SampleAppHost>(Cancellation);

        Assert.Equal(["greeting", "cache", "redis", "api", "front", "later"], builder.Resources.Select(resource => resource.Name).Where(name => !name.EndsWith("-rebuilder", StringComparison.Ordinal)));
        Assert.Equal(Projects.SampleAppHost.ProjectPath, builder.AppHostDirectory);
        Assert.Equal("true", builder.Configuration["DcpPublisher:RandomizePorts"]);
    }

    [Fact]
    public async Task Arguments_reach_the_AppHost_and_win_over_the_defaults_of_tests()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.SampleAppHost>(["--DcpPublisher:RandomizePorts=false", "--operation=publish"], Cancellation);

        Assert.Equal("false", builder.Configuration["DcpPublisher:RandomizePorts"]);
        Assert.True(builder.ExecutionContext.IsPublishMode);
    }

    [Fact]
    public async Task Two_AppHosts_are_held_side_by_side()
    {
        var builders = await Task.WhenAll(
            DistributedApplicationTestingBuilder.CreateAsync<Projects.SampleAppHost>(["--mark=1"], Cancellation),
            DistributedApplicationTestingBuilder.CreateAsync<Projects.SampleAppHost>(["--mark=2"], Cancellation));

        Assert.Equal(["1", "2"], builders.Select(builder => builder.Configuration["mark"]));
        foreach (var builder in builders)
        {
            await builder.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_AppHost_that_fails_gives_its_own_error()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => DistributedApplicationTestingBuilder.CreateAsync<Projects.SampleAppHost>(["--Fail=no such port"], Cancellation));

        Assert.Equal("no such port", error.Message);
    }

    [Fact]
    public async Task An_empty_argument_is_refused() =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => DistributedApplicationTestingBuilder.CreateAsync<Projects.SampleAppHost>(["a", ""], Cancellation));
}
