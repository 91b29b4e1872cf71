using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.Gateway.Access;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Audit;

/// <summary><c>/v1/audit/**</c>, scope <c>audit.read</c>: records, proofs, checkpoints, and the key to check them with.</summary>
internal static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        var audit = routes.MapGroup("/v1/audit").RequireScope(Scope.AuditRead);
        audit.MapGet("/checkpoint", (AuditLog log) => TypedResults.Text(log.Checkpoint().Sign(log.Key), "text/plain", Encoding.UTF8));
        audit.MapGet("/key", (AuditLog log) => TypedResults.Text(log.Key.PublicPem, "application/x-pem-file", Encoding.UTF8));
        audit.MapGet("/records/{index:long}", (long index, AuditLog log) => TypedResults.Json(RecordOf(log, index), AuditJson.Default.ProvenRecord));
        audit.MapGet("/consistency", (long from, long to, AuditLog log) => TypedResults.Json(
            new ConsistencyAnswer(
                from, to, Texts(log.Consistency(from, to) ?? throw new ServiceError(ErrorCode.InvalidArgument, $"Must be sizes that the log had, from <= to <= {log.Count}.", "from"))),
            AuditJson.Default.ConsistencyAnswer));
    }

    private static ProvenRecord RecordOf(AuditLog log, long index)
    {
        var checkpoint = log.Checkpoint();
        var (record, proof) = log.Find(index, checkpoint.Size) ?? throw new ServiceError(ErrorCode.NotFound, $"The log has {checkpoint.Size} records.", "index");
        return new(index, JsonSerializer.Deserialize(record, AuditJson.Default.JsonElement), Convert.ToBase64String(record), Texts(proof), checkpoint.Sign(log.Key));
    }

    private static string[] Texts(IReadOnlyList<byte[]> hashes) => [.. hashes.Select(Convert.ToBase64String)];
}

/// <summary>A record with the proof that the log holds it.</summary>
/// <param name="Index">Its place.</param>
/// <param name="Record">It, to read.</param>
/// <param name="Bytes">It, in base64, as it was hashed.</param>
/// <param name="Proof">Hashes in base64 from the record to the checkpoint's root.</param>
/// <param name="Checkpoint">The signed checkpoint.</param>
public sealed record ProvenRecord(long Index, JsonElement Record, string Bytes, IReadOnlyList<string> Proof, string Checkpoint);

/// <param name="From">Size of the older log.</param>
/// <param name="To">Size of the newer one.</param>
/// <param name="Proof">Hashes in base64.</param>
public sealed record ConsistencyAnswer(long From, long To, IReadOnlyList<string> Proof);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ProvenRecord))]
[JsonSerializable(typeof(ConsistencyAnswer))]
internal sealed partial class AuditJson : JsonSerializerContext;
