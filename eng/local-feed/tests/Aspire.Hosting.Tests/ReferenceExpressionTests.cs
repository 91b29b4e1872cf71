namespace MlAspire.LocalFeed.Aspire.Hosting.Tests;

public sealed class ReferenceExpressionTests
{
    private static readonly ParameterResource User = new("user", _ => "ann");
    private static readonly ParameterResource Password = new("password", _ => "p@ss/wörd", secret: true);

    [Fact]
    public async Task A_text_with_holes_has_a_value_and_a_manifest_expression()
    {
        var expression = ReferenceExpression.Create($"user={User};braces={{x}};literal={"{y}"}");

        Assert.Equal("user={user.value};braces={x};literal={y}", expression.ValueExpression);
        Assert.Equal("user=ann;braces={x};literal={y}", await expression.GetValueAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_format_uri_encodes_a_value()
    {
        var expression = ReferenceExpression.Create($"{Password:uri}");

        Assert.Equal("p%40ss%2Fw%C3%B6rd", await expression.GetValueAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_empty_expression_has_no_value() => Assert.Null(await ReferenceExpression.Empty.GetValueAsync(TestContext.Current.CancellationToken));

    [Theory]
    [InlineData("True", "yes")]
    [InlineData("TRUE", "yes")]
    [InlineData("False", "no")]
    public async Task A_conditional_takes_the_branch_of_its_condition(string value, string expected)
    {
        var condition = new ParameterResource("tls", _ => value);
        var expression = ReferenceExpression.CreateConditional(condition, "True", ReferenceExpression.Create($"yes"), ReferenceExpression.Create($"no"));

        Assert.Equal(expected, await expression.GetValueAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The name was read from a manifest of the genuine package: XxHash32 of "{redis.bindings.tcp.tlsEnabled}" + ",ssl=true" + "" + "True".</summary>
    [Fact]
    public void A_conditional_is_named_after_its_parts()
    {
        var tls = new EndpointReference(new ContainerResource("redis"), "tcp").GetTlsValue(ReferenceExpression.Create($",ssl=true"), ReferenceExpression.Empty);

        Assert.Equal("{cond-redis-bindings-tcp-tlsenabled-d148d83a.connectionString}", tls.ValueExpression);
    }

    [Fact]
    public void A_secret_is_found_through_connection_strings_and_conditionals()
    {
        var connection = new ConnectionStringResource("c", ReferenceExpression.Create($"x={Password}"));
        var conditional = ReferenceExpression.CreateConditional(User, "ann", ReferenceExpression.Create($"{connection}"), ReferenceExpression.Empty);

        Assert.True(ValueReferences.IsSensitive(new ConnectionStringReference(connection, optional: false)));
        Assert.True(ValueReferences.IsSensitive(conditional));
        Assert.False(ValueReferences.IsSensitive(ReferenceExpression.Create($"{User}")));
    }
}
