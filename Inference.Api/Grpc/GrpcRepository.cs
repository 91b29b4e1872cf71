using Google.Protobuf.Collections;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Models.Repository;
using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Between the messages of the repository, configuration and statistics calls and the acts of <see cref="RepositoryService"/>.</summary>
internal static class GrpcRepository
{
    /// <summary>Triton's clients name the model in field 2; KServe's in field 1, which for Triton is the repository.</summary>
    /// <exception cref="ServiceDefaults.Errors.ServiceError">Unimplemented: a repository and a model.</exception>
    public static string ModelName(string repositoryName, string modelName) =>
        modelName.Length == 0 ? repositoryName : repositoryName.Length == 0 ? modelName : throw Unsupported.Repository();

    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: a parameter without a value.</exception>
    public static Dictionary<string, object> Parameters(MapField<string, ModelRepositoryParameter> parameters) => parameters.ToDictionary(
        pair => pair.Key,
        pair => pair.Value.ParameterChoiceCase switch
        {
            ModelRepositoryParameter.ParameterChoiceOneofCase.BoolParam => (object)pair.Value.BoolParam,
            ModelRepositoryParameter.ParameterChoiceOneofCase.Int64Param => pair.Value.Int64Param,
            ModelRepositoryParameter.ParameterChoiceOneofCase.StringParam => pair.Value.StringParam,
            ModelRepositoryParameter.ParameterChoiceOneofCase.BytesParam => pair.Value.BytesParam.Memory,
            _ => throw TensorCheck.Invalid("has no value", $"parameters.{TensorCheck.Short(pair.Key)}"),
        },
        StringComparer.Ordinal);

    public static RepositoryIndexResponse ToMessage(IEnumerable<ModelIndexEntry> index) => new()
    {
        Models = { index.Select(line => new RepositoryIndexResponse.Types.ModelIndex { Name = line.Name, Version = line.Version, State = line.State, Reason = line.Reason }) },
    };

    public static Protos.ModelStatistics ToMessage(LoadedModel model)
    {
        var numbers = model.Statistics.Snapshot();
        return new Protos.ModelStatistics
        {
            Name = model.Name,
            Version = model.Version,
            LastInference = (ulong)numbers.LastInference,
            InferenceCount = (ulong)numbers.InferenceCount,
            ExecutionCount = (ulong)numbers.ExecutionCount,
            InferenceStats = new InferStatistics
            {
                Success = Of(numbers.Success),
                Fail = Of(numbers.Fail),
                Queue = Of(numbers.Queue),
                ComputeInput = Of(numbers.ComputeInput),
                ComputeInfer = Of(numbers.ComputeInfer),
                ComputeOutput = Of(numbers.ComputeOutput),
                CacheHit = Of(numbers.CacheHit),
                CacheMiss = Of(numbers.CacheMiss),
            },
            BatchStats = { numbers.Batches.Select(Of) },
        };
    }

    private static InferBatchStatistics Of(BatchStatistics batch) => new()
    {
        BatchSize = (ulong)batch.BatchSize,
        ComputeInput = Of(batch.ComputeInput),
        ComputeInfer = Of(batch.ComputeInfer),
        ComputeOutput = Of(batch.ComputeOutput),
    };

    private static Protos.StatisticDuration Of(Diagnostics.StatisticDuration duration) => new() { Count = (ulong)duration.Count, Ns = (ulong)duration.Nanoseconds };
}
