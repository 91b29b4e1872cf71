using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Audit.Export;
using MlAspire.Gateway.Audit.Reports;
using MlAspire.Gateway.Audit.Rotation;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.Gateway.Audit.State;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.Gateway.Audit.Witnessing;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.OpenApi;
using MlAspire.ServiceDefaults.Time;

namespace MlAspire.Gateway.Audit;

/// <summary><c>/v1/audit/**</c>, scope <c>audit.read</c>: records, proofs, checkpoints, and the key to check them with.</summary>
internal static class AuditEndpoints
{
    public static void AddAudit(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AuditLog>().AddSingleton<AuditScans>().AddSingleton<SubjectKeys>().AddSingleton<Erasure>().AddSingleton<AnsweredVersions>().AddSingleton<AuditCommit>().AddSingleton<RecordedReports>().AddSingleton<CheckpointCopy>().AddSingleton<CheckpointWriter>();
        builder.Services.AddHostedService<WitnessWorker>(); // speaks first: until then nothing is signed, removed or appended
        builder.Services.AddHostedService(services => services.GetRequiredService<CheckpointWriter>()).AddHostedService<KeyChange>().AddHostedService<SegmentKeeper>().AddHostedService<AuditRecovery>();
        builder.AddServiceClient<WitnessClient>(WitnessClient.Service, client => (client.TotalTimeout, client.AttemptTimeout) = (TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2)));
    }

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        routes.MapSubjects();
        routes.MapReports();
        var audit = routes.MapGroup("/v1/audit").RequireScope(Scope.AuditRead).WithTags("audit");
        audit.MapGet("/checkpoint", (AuditLog log) => TypedResults.Text(log.Checkpoint().Sign(log.Key), "text/plain", Encoding.UTF8)).WithSummary("The newest signed checkpoint").Produces<string>(StatusCodes.Status200OK, "text/plain");
        audit.MapGet("/key", (AuditLog log) => TypedResults.Text(log.Key.PublicPem, "application/x-pem-file", Encoding.UTF8)).WithSummary("The public key to check it with").Produces<string>(StatusCodes.Status200OK, "application/x-pem-file");
        audit.MapGet("/records", RecordsAsync)
            .WithSummary("Records, the newest first").WithParameters(AuditQuery.Parameters).Produces<AuditPage>().FailsWith(ErrorCode.InvalidArgument, ErrorCode.Overloaded);
        audit.MapGet("/records/{index:long}", (long index, AuditLog log, SubjectKeys keys) => TypedResults.Json(ProvenRecord.Of(log, keys, index), AuditJson.Default.ProvenRecord))
            .WithSummary("A record, with the proof that the log holds it").Produces<ProvenRecord>().FailsWith(ErrorCode.InvalidArgument, ErrorCode.NotFound);
        audit.MapGet("/export", ExportAsync).WithSummary("All records that are wanted, to be checked without the gateway").WithParameters(AuditQuery.Parameters)
            .Produces<string>(StatusCodes.Status200OK, "application/jsonl").FailsWith(ErrorCode.InvalidArgument, ErrorCode.Overloaded);
        audit.MapGet("/state", State)
            .WithSummary("What held at a moment, by the log alone").WithParameters(ApiQuery.Time("at", "The moment; without it now.")).Produces<GatewayState>().FailsWith(ErrorCode.InvalidArgument, ErrorCode.Overloaded);
        audit.MapGet("/consistency", (long from, long to, AuditLog log) => TypedResults.Json(
            new ConsistencyAnswer(
                from, to, Texts(log.Consistency(from, to) ?? throw new ServiceError(ErrorCode.InvalidArgument, $"Must be sizes that the log had, from <= to <= {log.Count}.", "from"))),
            AuditJson.Default.ConsistencyAnswer))
            .WithSummary("The proof that a log continues an older one").WithParameters(ApiQuery.Number("from", "Size of the older log.", 0), ApiQuery.Number("to", "Size of the newer one.", 0))
            .Produces<ConsistencyAnswer>().FailsWith(ErrorCode.InvalidArgument);
    }

    public static string[] Texts(IReadOnlyList<byte[]> hashes) => [.. hashes.Select(Convert.ToBase64String)];

    private static async Task<IResult> RecordsAsync(HttpRequest request, AuditLog log, SubjectKeys keys, AuditScans scans, CancellationToken cancellationToken)
    {
        var query = AuditQuery.Parse(request.Query);
        using var scan = scans.Enter();
        return TypedResults.Json(await query.RunAsync(log, keys, cancellationToken), AuditJson.Default.AuditPage);
    }

    private static JsonHttpResult<GatewayState> State(string? at, AuditLog log, AuditScans scans, TimeProvider time)
    {
        var moment = at is null ? time.GetUtcNow() : IsoTime.Parse(at, "at");
        using var scan = scans.Enter(); // it reads every change since the log's beginning
        return TypedResults.Json(GatewayState.Of(log, moment), StateJson.Default.GatewayState);
    }

    private static async Task ExportAsync(HttpContext context, AuditLog log, SubjectKeys keys, AuditScans scans, TimeProvider time, CancellationToken cancellationToken)
    {
        var query = AuditQuery.Parse(context.Request.Query);
        using var scan = scans.EnterExport();
        context.Response.ContentType = "application/jsonl";
        var actor = context.Features.GetRequiredFeature<Caller>().Name;
        var header = new BundleHeader(1, context.Request.QueryString.Value ?? "", actor, time.GetUtcNow(), log.Checkpoint().Sign(log.Key));
        await ExportBundle.WriteAsync(context.Response.Body, header, query, log, keys, cancellationToken);
    }
}

/// <summary>A record with the proof that the log holds it.</summary>
/// <param name="Index">Its place.</param>
/// <param name="Record">It, to read: with what belongs to its subject, unless that was erased.</param>
/// <param name="Bytes">It, in base64, as it was hashed.</param>
/// <param name="Proof">Hashes in base64 from the record to the checkpoint's root.</param>
/// <param name="Checkpoint">The signed checkpoint.</param>
public sealed record ProvenRecord(long Index, JsonElement Record, string Bytes, IReadOnlyList<string> Proof, string Checkpoint)
{
    /// <summary>Of all answers of the prediction that was asked for, the oldest first, as callers may give an id again; null when a record was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<long>? Indices { get; init; }

    /// <exception cref="ServiceError">NotFound: the log has no such record, or has it no more.</exception>
    internal static ProvenRecord Of(AuditLog log, SubjectKeys keys, long index)
    {
        var checkpoint = log.Checkpoint();
        if (index < 0 || index >= checkpoint.Size)
        {
            throw new ServiceError(ErrorCode.NotFound, $"The log has {checkpoint.Size} records.", "index");
        }

        var record = log.Read(index) ?? throw Removed(index);
        return new(index, JsonElement.Parse(PersonalData.Readable(record, keys)), Convert.ToBase64String(record), AuditEndpoints.Texts(log.Inclusion(index, checkpoint.Size)!), checkpoint.Sign(log.Key));
    }

    internal static ServiceError Removed(long index) => new(ErrorCode.NotFound, $"Record {index} was removed by retention; its hash and proofs remain.", "index");
}

/// <param name="From">Size of the older log.</param>
/// <param name="To">Size of the newer one.</param>
/// <param name="Proof">Hashes in base64.</param>
public sealed record ConsistencyAnswer(long From, long To, IReadOnlyList<string> Proof);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ProvenRecord))]
[JsonSerializable(typeof(ConsistencyAnswer))]
[JsonSerializable(typeof(AuditPage))]
internal sealed partial class AuditJson : JsonSerializerContext;
