using MlAspire.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
var ports = PublicPorts.Read(builder);
var folders = RunFolders.Of(builder);

var redis = builder.AddRedisByRule("redis", folders);

var featureStore = builder.AddProject<Projects.FeatureStore>("feature-store")
    .WithHttpEndpoint(port: ports.FeatureStore)
    .WithHttpHealthCheck("/health/ready").WithOpenApiLink()
    .WithReference(redis).WaitFor(redis)
    .WithFeatureLog(folders).WithProducerKey().WithLogFiles(folders);

var inference = builder.AddProject<Projects.Inference_Api>("inference")
    .WithHttpEndpoint(port: ports.Inference)
    .WithHttpEndpoint(port: ports.InferenceGrpc, name: "grpc", env: "GRPC_PORT").WithEndpoint("grpc", grpc => grpc.Transport = "http2")
    .WithHttpHealthCheck("/v2/health/ready", endpointName: "http").WithOpenApiLink()
    .WithModelRepository(folders).WithLogFiles(folders);

var gateway = builder.AddProject<Projects.Gateway>("gateway")
    .WithHttpEndpoint(port: ports.Gateway).WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health/ready").WithOpenApiLink()
    .WithReference(redis)
    .WithReference(featureStore).WaitFor(featureStore)
    .WithReference(inference).WaitFor(inference)
    .WithModelRepository(folders).WithAuditDirectory(folders).WithAdminKey(folders).WithClientKey().WithLogFiles(folders)
    .WithPredictCommand();

var monitoring = builder.AddProject<Projects.Monitoring>("monitoring")
    .WithHttpEndpoint(port: ports.Monitoring).WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health/ready").WithOpenApiLink()
    .WithReference(redis).WaitFor(redis)
    .WithWitness(folders, "mlaspire/gateway").WithFeedbackKey().WithLogFiles(folders).WithLogsOfAll(folders);

// What the panels of its page draw, its own metrics too.
monitoring.WithReference(gateway).WithReference(featureStore).WithReference(inference).WithReference(monitoring);

monitoring.WithKeyOf(gateway);

// Not waited for: a gateway without its witness answers, and says how much is unwitnessed.
gateway.WithReference(monitoring).WithEnvironment("Audit__Witnessed", "true");

if (builder.ExecutionContext.IsRunMode)
{
    // The demo: real flights of 2001 in event time. It restarts where it stopped, from the dashboard too.
    builder.AddProject<Projects.Pipelines>("flights")
        .WithArgs("replay").WithReplayOptions(builder.Configuration)
        .WithFlights(folders).WithLogFiles(folders)
        .WithReference(featureStore).WithReference(gateway).WaitFor(gateway).WithReference(monitoring).WaitFor(monitoring);

    var train = builder.AddProject<Projects.Pipelines>("train")
        .WithArgs("train").WithExplicitStart()
        .WithFlights(folders).WithModelRepository(folders).WithLogFiles(folders)
        .WithParentRelationship(inference);
    inference.WithTrainCommand(train);
}

builder.Build().Run();
