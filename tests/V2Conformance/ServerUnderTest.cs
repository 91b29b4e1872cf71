using Grpc.Net.Client;
using MlAspire.Inference.Api;
using MlAspire.Inference.Api.Protos;
using Microsoft.Extensions.Logging;
using MlAspire.Testing;

namespace MlAspire.V2Conformance;

/// <summary>The server the cases run against: one at the addresses of the environment, or our own service in this process.</summary>
/// <param name="writeModels">Writes the models of its cases into an empty repository.</param>
public abstract class ServerUnderTest(Action<string> writeModels) : IAsyncLifetime
{
    private string? repository;
    private ServiceHost? host;
    private GrpcChannel? channel;
    private HttpClient? client;

    public virtual async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("V2_EXPORT_MODELS") is { Length: > 0 } export)
        {
            writeModels(export);
            Assert.Skip($"the models are in {export} now; start the server on them, then run without V2_EXPORT_MODELS");
        }

        var rest = Environment.GetEnvironmentVariable("V2_REST");
        var grpc = Environment.GetEnvironmentVariable("V2_GRPC");
        if (string.IsNullOrEmpty(rest) != string.IsNullOrEmpty(grpc))
        {
            throw new InvalidOperationException("V2_REST and V2_GRPC go together");
        }

        if (string.IsNullOrEmpty(rest))
        {
            (rest, grpc) = await StartOwnAsync();
        }

        client = new HttpClient { BaseAddress = new Uri(rest!) };
        channel = GrpcChannel.ForAddress(grpc!);
        await Eventually.TrueAsync($"the server at {rest} to be ready", async () => (await client.GetAsync("/v2/health/ready")).IsSuccessStatusCode);
    }

    /// <summary>True when the server is our own service in this process, whose memory can be looked at.</summary>
    public bool IsOwn => host is not null;

    internal HttpClient Http => client!;

    internal GrpcChannel Grpc => channel!;

    public Task<V2Answer> InferAsync(string transport, V2Request request) => transport switch
    {
        TransportNames.GrpcContents or TransportNames.GrpcRaw => new GrpcTransport(new GRPCInferenceService.GRPCInferenceServiceClient(channel), transport == TransportNames.GrpcRaw).InferAsync(request),
        _ => new RestTransport(client!, transport).InferAsync(request),
    };

    /// <param name="wire"><see cref="TransportNames.Rest"/> or <see cref="TransportNames.Grpc"/>.</param>
    public IV2Calls Calls(string wire) => wire == TransportNames.Rest ? new RestCalls(client!) : new GrpcCalls(new GRPCInferenceService.GRPCInferenceServiceClient(channel));

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        client?.Dispose();
        channel?.Dispose();
        if (host is not null)
        {
            await host.DisposeAsync();
            Directory.Delete(repository!, recursive: true);
        }
    }

    private async Task<(string RestAddress, string GrpcAddress)> StartOwnAsync()
    {
        repository = Directory.CreateTempSubdirectory("mlaspire-conformance-").FullName;
        writeModels(repository);
        host = await ServiceHost.StartAsync(InferenceApp.Build, builder =>
        {
            builder.UseSetting("ModelRepository:Path", repository).UseSetting("ModelRepository:ControlMode", "Explicit").UseSetting("ModelRepository:Load:0", "*").UseSetting("GRPC_PORT", "0");
            builder.Logging.AddFilter<RecordedLogs>(null, LogLevel.None); // no case reads them, and what they keep is no memory of the server
        });
        return (host.App.Urls.First(), host.App.Urls.Last());
    }
}
