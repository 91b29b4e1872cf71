using System.Globalization;
using System.Net;
using System.Text;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Audit.Witnessing;

/// <summary>Asks the witness to sign checkpoints.</summary>
/// <remarks>Source: C2SP <see href="https://c2sp.org/tlog-witness">tlog-witness</see>, add-checkpoint.</remarks>
internal sealed class WitnessClient(HttpClient http)
{
    public const string Service = "monitoring";

    /// <param name="oldSize">Records that the witness is believed to have seen.</param>
    /// <param name="proof">From there to <paramref name="checkpoint"/>.</param>
    /// <param name="checkpoint">What the log is.</param>
    /// <param name="key">The log's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ServiceError">The witness cannot be asked, or does not know the log.</exception>
    /// <exception cref="InvalidDataException">The witness knows the log by another key.</exception>
    public async Task<WitnessReply> AddAsync(long oldSize, IReadOnlyList<byte[]> proof, Checkpoint checkpoint, CheckpointKey key, CancellationToken cancellationToken)
    {
        var body = new StringBuilder().Append(CultureInfo.InvariantCulture, $"old {oldSize}\n");
        foreach (var hash in proof)
        {
            body.Append(Convert.ToBase64String(hash)).Append('\n');
        }

        body.Append('\n').Append(checkpoint.Sign(key));
        using var content = new StringContent(body.ToString(), Encoding.UTF8, "text/plain");
        using var response = await http.PostAsync(new Uri("/v1/witness/add-checkpoint", UriKind.Relative), content, cancellationToken);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => new(checkpoint.Size, Signed: true),
            HttpStatusCode.Conflict when long.TryParse(await response.Content.ReadAsStringAsync(cancellationToken), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var seen) => new(seen, Signed: false),
            HttpStatusCode.UnprocessableEntity => new(oldSize, Signed: false),
            HttpStatusCode.Forbidden => throw new InvalidDataException("The audit log's key is not the one that its witness knows it by: the log was replaced, or its key was."),
            var status => throw new ServiceError(ErrorMapping.FromHttpStatus((int)status), $"The witness refuses to look at the checkpoint ({(int)status})."),
        };
    }
}

/// <param name="Size">Records that the witness has seen now.</param>
/// <param name="Signed">Whether it signed the checkpoint.</param>
internal sealed record WitnessReply(long Size, bool Signed);
