using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using MlAspire.Inference.Api.Protos;

namespace MlAspire.V2Conformance;

/// <summary><see cref="IV2Calls"/> over gRPC.</summary>
internal sealed class GrpcCalls(GRPCInferenceService.GRPCInferenceServiceClient client) : IV2Calls
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    public Task<bool> IsLiveAsync() => Answer(async () => (await client.ServerLiveAsync(new ServerLiveRequest())).Live);

    public Task<bool> IsReadyAsync() => Answer(async () => (await client.ServerReadyAsync(new ServerReadyRequest())).Ready);

    public Task<bool> IsModelReadyAsync(string model, string? version) => Answer(async () => (await client.ModelReadyAsync(new ModelReadyRequest { Name = model, Version = version ?? "" })).Ready);

    public Task<ServerDescription> ServerMetadataAsync() => Answer(async () =>
    {
        var answer = await client.ServerMetadataAsync(new ServerMetadataRequest());
        return new ServerDescription(answer.Name, answer.Version, string.Join(' ', answer.Extensions));
    });

    public Task<ModelDescription> ModelMetadataAsync(string model, string? version) => Answer(async () =>
    {
        var answer = await client.ModelMetadataAsync(new ModelMetadataRequest { Name = model, Version = version ?? "" });
        return new ModelDescription(answer.Name, string.Join(' ', answer.Versions), Tensors(answer.Inputs), Tensors(answer.Outputs));
    });

    public Task<JsonNode> ConfigAsync(string model, string? version) => Answer(async () =>
        JsonNode.Parse(Formatter.Format((await client.ModelConfigAsync(new ModelConfigRequest { Name = model, Version = version ?? "" })).Config))!);

    public Task<IReadOnlyList<ModelCounts>> StatisticsAsync(string? model, string? version) => Answer<IReadOnlyList<ModelCounts>>(async () =>
        [.. (await client.ModelStatisticsAsync(new ModelStatisticsRequest { Name = model ?? "", Version = version ?? "" })).ModelStats.Select(each => new ModelCounts(
            each.Name, each.Version, (long)each.InferenceCount, (long)each.ExecutionCount, (long)each.InferenceStats.Success.Count, (long)each.InferenceStats.Fail.Count,
            string.Join(' ', each.BatchStats.Select(batch => $"{batch.BatchSize}:{batch.ComputeInfer.Count}"))))]);

    public Task<IReadOnlyList<IndexLine>> IndexAsync(bool ready) => Answer<IReadOnlyList<IndexLine>>(async () =>
        [.. (await client.RepositoryIndexAsync(new RepositoryIndexRequest { Ready = ready })).Models.Select(line => new IndexLine(line.Name, line.Version, line.State))]);

    public Task LoadAsync(string model, string? config) => Answer(async () =>
    {
        var request = new RepositoryModelLoadRequest { ModelName = model };
        if (config is not null)
        {
            request.Parameters["config"] = new ModelRepositoryParameter { StringParam = config };
        }

        return await client.RepositoryModelLoadAsync(request);
    });

    public Task UnloadAsync(string model) => Answer(async () => await client.RepositoryModelUnloadAsync(new RepositoryModelUnloadRequest { ModelName = model }));

    private static string Tensors(IEnumerable<ModelMetadataResponse.Types.TensorMetadata> tensors) => string.Join("; ", tensors.Select(tensor => $"{tensor.Name} {tensor.Datatype} {string.Join(',', tensor.Shape)}"));

    private static async Task<T> Answer<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RpcException error)
        {
            throw new V2CallException(GrpcTransport.FailureOf(error.StatusCode), error.Status.ToString());
        }
    }
}
