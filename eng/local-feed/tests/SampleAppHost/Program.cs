// An AppHost with one of each kind, for the tests of the stand-ins. It uses nothing that the genuine packages lack.
var builder = DistributedApplication.CreateBuilder(args);
if (builder.Configuration["Fail"] is { } message)
{
    throw new InvalidOperationException(message);
}

var greeting = builder.AddParameter("greeting", "hello", publishValueAsDefault: true);
var cache = builder.AddExecutable("cache", "redis-server", ".", "--save", string.Empty, "--appendonly", "no", "--bind", "127.0.0.1")
    .WithEndpoint(name: "tcp");
cache.WithArgs(context =>
{
    context.Args.Add("--port");
    context.Args.Add(cache.GetEndpoint("tcp").Property(EndpointProperty.TargetPort));
});
var connection = builder.AddConnectionString("redis", ReferenceExpression.Create($"{cache.GetEndpoint("tcp").Property(EndpointProperty.HostAndPort)}"));

var api = builder.AddProject<Projects.SampleWeb>("api").WithReplicas(2).WithHttpHealthCheck("/health")
    .WithReference(connection).WithEnvironment("GREETING", greeting);

builder.AddProject<Projects.SampleWeb>("front").WithHttpHealthCheck("/health")
    .WithHttpEndpoint(name: "admin", env: "ADMIN_PORT")
    .WithReference(api).WaitFor(api)
    .WithArgs("--greeting", greeting)
    .WithHttpCommand("/echo", "Echo", commandName: "echo");

builder.AddProject<Projects.SampleWeb>("later").WithExplicitStart();

builder.Build().Run();
