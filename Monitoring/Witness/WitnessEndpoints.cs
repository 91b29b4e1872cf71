using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.Monitoring.Witness;

/// <summary><c>/v1/witness/**</c>: signs the checkpoints of the audit logs, each only when it continues the last one.</summary>
/// <remarks>Source: C2SP <see href="https://c2sp.org/tlog-witness">tlog-witness</see>, with ECDSA signatures instead of its Ed25519, which .NET does not have.</remarks>
internal static class WitnessEndpoints
{
    private const int LargestBody = 16 << 10; // 63 hashes and a checkpoint are 4 KiB
    private const string SizeType = "text/x.tlog.size";

    public static void MapWitness(this IEndpointRouteBuilder routes)
    {
        var witness = routes.MapGroup("/v1/witness").WithTags("witness");
        witness.MapPost("/add-checkpoint", AddAsync).WithMetadata(new RequestSizeLimitAttribute(LargestBody)).WithSummary("Signs a checkpoint that continues the last one")
            .TakesBody(typeof(string), "text/plain").Produces<string>(StatusCodes.Status200OK, "text/plain").Produces<string>(StatusCodes.Status409Conflict, SizeType).Produces<string>(StatusCodes.Status422UnprocessableEntity, "text/plain")
            .FailsWith(ErrorCode.InvalidArgument, ErrorCode.PermissionDenied, ErrorCode.NotFound, ErrorCode.PayloadTooLarge, ErrorCode.Unavailable);
        witness.MapGet("/checkpoint", (string origin, WitnessedLogs logs) =>
            Text(logs.Find(origin).Newest ?? throw new ServiceError(ErrorCode.NotFound, "No checkpoint of this log was seen yet.", "origin")))
            .WithSummary("The newest checkpoint of a log that was signed").Produces<string>(StatusCodes.Status200OK, "text/plain")
            .WithParameters(new ApiParameter("origin", "The log's name.") { Example = "mlaspire/gateway" }).FailsWith(ErrorCode.InvalidArgument, ErrorCode.NotFound);
        witness.MapGet("/key", (WitnessedLogs logs) => TypedResults.Text(logs.PublicPem, "application/x-pem-file", Encoding.UTF8))
            .WithSummary("The public key to check signatures with").Produces<string>(StatusCodes.Status200OK, "application/x-pem-file").FailsWith(ErrorCode.NotFound);
    }

    private static async Task<ContentHttpResult> AddAsync(HttpRequest http, WitnessedLogs logs, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(http.Body, Encoding.UTF8);
        var request = Parsed(await reader.ReadToEndAsync(cancellationToken), AddCheckpoint.Parse);
        var checkpoint = Parsed(request.Note, Checkpoint.Parse);
        if (request.OldSize > checkpoint.Size)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"Must not be over the checkpoint's size, {checkpoint.Size}.", "old");
        }

        var answer = Judge(logs.Find(checkpoint.Origin), request);
        return answer.Verdict switch
        {
            WitnessVerdict.Signed => Text(answer.Signature!),
            WitnessVerdict.Conflict => TypedResults.Text(string.Create(CultureInfo.InvariantCulture, $"{answer.Size}\n"), SizeType, Encoding.UTF8, StatusCodes.Status409Conflict),
            _ => TypedResults.Text("The proof does not show the checkpoint to continue the last one.\n", "text/plain", Encoding.UTF8, StatusCodes.Status422UnprocessableEntity),
        };
    }

    private static WitnessAnswer Judge(WitnessedLog log, AddCheckpoint request)
    {
        try
        {
            return log.Add(request);
        }
        catch (FormatException e)
        {
            throw new ServiceError(ErrorCode.PermissionDenied, e.Message, e);
        }
        catch (IOException e)
        {
            throw new ServiceError(ErrorCode.Unavailable, "The witness cannot keep the checkpoint, so it does not sign it.", e);
        }
    }

    private static T Parsed<T>(string text, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (FormatException e)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, e.Message, "body");
        }
    }

    private static ContentHttpResult Text(string text) => TypedResults.Text(text, "text/plain", Encoding.UTF8);
}
