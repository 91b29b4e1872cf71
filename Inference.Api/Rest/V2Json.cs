using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary>The bodies of V2's answers other than infer's.</summary>
public sealed record ServerMetadataBody(string Name, string Version, IReadOnlyList<string> Extensions);

public sealed record ServerLiveBody(bool Live);

public sealed record ServerReadyBody(bool Ready);

public sealed record ModelReadyBody(string Name, bool Ready);

public sealed record ModelListBody(IReadOnlyList<string> Models);

public sealed record TensorMetadataBody(string Name, string Datatype, IReadOnlyList<long> Shape);

public sealed record ModelMetadataBody(string Name, IReadOnlyList<string> Versions, string Platform, IReadOnlyList<TensorMetadataBody> Inputs, IReadOnlyList<TensorMetadataBody> Outputs, IReadOnlyDictionary<string, string> Properties);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServerMetadataBody))]
[JsonSerializable(typeof(ServerLiveBody))]
[JsonSerializable(typeof(ServerReadyBody))]
[JsonSerializable(typeof(ModelReadyBody))]
[JsonSerializable(typeof(ModelListBody))]
[JsonSerializable(typeof(ModelMetadataBody))]
[JsonSerializable(typeof(IReadOnlyList<ModelIndexBody>))]
[JsonSerializable(typeof(IndexRequestBody))]
[JsonSerializable(typeof(LoadRequestBody))]
[JsonSerializable(typeof(StatisticsBody))]
[JsonSerializable(typeof(LogSettings))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class V2Json : JsonSerializerContext;
