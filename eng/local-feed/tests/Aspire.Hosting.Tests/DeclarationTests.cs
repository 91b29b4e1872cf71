namespace MlAspire.LocalFeed.Aspire.Hosting.Tests;

/// <summary>What can be declared, and what is refused with which words.</summary>
public sealed class DeclarationTests : IDisposable
{
    private readonly AppHostFolder folder = new();
    private readonly IDistributedApplicationBuilder b;

    public DeclarationTests() => b = folder.CreateBuilder();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("1st", "must start with an ASCII letter")]
    [InlineData("a_b", "only ASCII letters, digits, and hyphens")]
    [InlineData("a--b", "consecutive hyphens")]
    [InlineData("a-", "end with a hyphen")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "between 1 and 64")]
    public void A_name_that_breaks_a_rule_is_refused_with_the_rule(string name, string rule)
    {
        var error = Assert.Throws<ArgumentException>(() => b.AddParameter(name));

        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_of_64_characters_is_taken() => Assert.Equal(64, b.AddParameter(new string('a', 64)).Resource.Name.Length);

    [Fact]
    public void A_second_resource_of_a_name_is_refused_whatever_its_case()
    {
        b.AddParameter("web");

        Assert.Contains("'WEB'", Assert.Throws<DistributedApplicationException>(() => b.AddExecutable("WEB", "x", ".")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_proxied_endpoint_keeps_its_two_ports_apart_and_a_direct_one_has_one()
    {
        var tool = b.AddExecutable("tool", "tool", ".").WithHttpEndpoint(port: 80, name: "proxied").WithHttpEndpoint(port: 81, name: "direct", isProxied: false);

        Assert.Equal((80, null), (tool.GetEndpoint("proxied").EndpointAnnotation.Port, tool.GetEndpoint("proxied").TargetPort));
        Assert.Equal((81, 81), (tool.GetEndpoint("direct").EndpointAnnotation.Port, tool.GetEndpoint("direct").TargetPort));
    }

    [Fact]
    public void Declaring_an_endpoint_again_changes_only_what_is_given()
    {
        var tool = b.AddExecutable("tool", "tool", ".").WithHttpEndpoint(port: 80, targetPort: 8080).WithHttpEndpoint(port: 90);

        Assert.Equal((90, 8080), (tool.GetEndpoint("http").EndpointAnnotation.Port, tool.GetEndpoint("http").TargetPort));
    }

    [Fact]
    public void An_unknown_endpoint_is_named_with_those_that_exist()
    {
        var tool = b.AddExecutable("tool", "tool", ".").WithHttpEndpoint(name: "admin");

        var error = Assert.Throws<InvalidOperationException>(() => tool.GetEndpoint("http").Scheme);

        Assert.Equal("The endpoint `http` is not defined for the resource `tool`. Available endpoints: `admin`.", error.Message);
    }

    [Fact]
    public void Waiting_for_itself_is_refused()
    {
        var tool = b.AddExecutable("tool", "tool", ".");

        Assert.Throws<DistributedApplicationException>(() => tool.WaitFor(tool));
    }

    [Fact]
    public void A_wait_is_an_annotation_and_a_relationship()
    {
        var first = b.AddExecutable("first", "x", ".");
        var second = b.AddExecutable("second", "x", ".").WaitFor(first).WaitForCompletion(first, exitCode: 3);

        Assert.Equal(
            [(WaitType.WaitUntilHealthy, 0), (WaitType.WaitForCompletion, 3)],
            second.Resource.Annotations.OfType<WaitAnnotation>().Select(wait => (wait.WaitType, wait.ExitCode)));
        Assert.All(second.Resource.Annotations.OfType<ResourceRelationshipAnnotation>(), relation => Assert.Equal(("WaitFor", "first"), (relation.Type, relation.Resource.Name)));
    }

    [Fact]
    public void An_environment_value_links_to_the_resources_it_mentions()
    {
        var redis = b.AddRedis("redis");
        var tool = b.AddExecutable("tool", "x", ".").WithEnvironment("URL", $"x{redis.GetEndpoint("tcp")}y").WithArgs(redis.GetEndpoint("tcp"));

        Assert.Equal(["redis", "redis"], tool.Resource.Annotations.OfType<ResourceRelationshipAnnotation>().Where(relation => relation.Type == "Reference").Select(relation => relation.Resource.Name));
    }

    [Fact]
    public void A_second_health_check_of_a_key_is_refused()
    {
        var tool = b.AddExecutable("tool", "x", ".").WithHttpEndpoint().WithHttpHealthCheck("/health");

        Assert.Equal("tool_http_/health_200_check", tool.Resource.Annotations.OfType<HealthCheckAnnotation>().Single().Key);
        Assert.Throws<DistributedApplicationException>(() => tool.WithHttpHealthCheck("/health"));
    }

    [Fact]
    public void A_health_check_without_an_http_endpoint_is_refused() =>
        Assert.Contains("https, http", Assert.Throws<DistributedApplicationException>(() => b.AddExecutable("tool", "x", ".").WithHttpHealthCheck()).Message, StringComparison.Ordinal);

    [Fact]
    public void A_command_of_a_name_replaces_the_earlier_one()
    {
        var tool = b.AddExecutable("tool", "x", ".");
        tool.WithCommand("go", "First", _ => Task.FromResult(CommandResults.Success()));
        tool.WithCommand("go", "Second", _ => Task.FromResult(CommandResults.Success()));

        Assert.Equal("Second", Assert.Single(tool.Resource.Annotations.OfType<ResourceCommandAnnotation>()).DisplayName);
    }

    [Fact]
    public async Task Events_of_a_resource_reach_only_its_subscribers_in_order()
    {
        var seen = new List<string>();
        var first = b.AddExecutable("first", "x", ".").OnResourceReady((_, _, _) => Note("a")).OnResourceReady((_, _, _) => Note("b"));
        b.AddExecutable("second", "x", ".").OnResourceReady((_, _, _) => Note("never"));

        await b.Eventing.PublishAsync(new ResourceReadyEvent(first.Resource, b.Build().Services), TestContext.Current.CancellationToken);

        Assert.Equal(["a", "b"], seen);

        Task Note(string text)
        {
            seen.Add(text);
            return Task.CompletedTask;
        }
    }
}
