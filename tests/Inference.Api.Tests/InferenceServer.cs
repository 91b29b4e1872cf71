using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Protos;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests;

/// <summary>The real service over a repository of its own: Kestrel on two free ports, ONNX Runtime sessions.</summary>
internal sealed class InferenceServer : IAsyncDisposable
{
    private readonly ServiceHost host;
    private readonly GrpcChannel channel;

    private InferenceServer(ModelFolder models, ServiceHost host)
    {
        Models = models;
        this.host = host;
        channel = GrpcChannel.ForAddress(host.App.Urls.Last(), new GrpcChannelOptions { MaxReceiveMessageSize = null, MaxSendMessageSize = null });
        Grpc = new GRPCInferenceService.GRPCInferenceServiceClient(channel);
    }

    public ModelFolder Models { get; }

    public HttpClient Http => host.Client;

    public RecordedLogs Logs => host.Logs;

    public IServiceProvider Services => host.Services;

    public GrpcChannel Channel => channel;

    public GRPCInferenceService.GRPCInferenceServiceClient Grpc { get; }

    /// <summary>Starts the service and waits until the repository has been loaded.</summary>
    /// <param name="arguments">Settings that must be there before the defaults are added, as the environment's are: <c>--KEY=value</c>.</param>
    public static async Task<InferenceServer> StartAsync(Action<ModelFolder> models, Action<WebApplicationBuilder>? configure = null, params string[] arguments)
    {
        var folder = new ModelFolder();
        try
        {
            return await StartAsync(folder, models, configure, arguments);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static async Task<InferenceServer> StartAsync(ModelFolder folder, Action<ModelFolder> models, Action<WebApplicationBuilder>? configure, string[] arguments)
    {
        models(folder);
        var host = await ServiceHost.StartAsync((args, settings) => InferenceApp.Build([.. args, .. arguments], settings), builder =>
        {
            builder.UseSetting("ModelRepository:Path", folder.Path).UseSetting("GRPC_PORT", "0");
            configure?.Invoke(builder);
        });
        var server = new InferenceServer(folder, host);
        await Eventually.TrueAsync("the repository to be loaded", () => server.Services.GetRequiredService<Api.Models.ModelTable>().IsLoaded);
        return server;
    }

    public async Task<(HttpStatusCode Status, JsonNode? Body)> GetAsync(string path)
    {
        using var response = await Http.GetAsync(path);
        return (response.StatusCode, Parse(await response.Content.ReadAsStringAsync()));
    }

    public async Task<(HttpStatusCode Status, JsonNode? Body)> PostAsync(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync(path, content);
        return (response.StatusCode, Parse(await response.Content.ReadAsStringAsync()));
    }

    /// <summary>What SIGTERM does: begins the stop, and returns when it is over.</summary>
    public Task StopAsync() => host.App.StopAsync();

    public async ValueTask DisposeAsync()
    {
        channel.Dispose();
        await host.DisposeAsync();
        Models.Dispose();
    }

    private static JsonNode? Parse(string text) => text.Length == 0 ? null : JsonNode.Parse(text);
}
