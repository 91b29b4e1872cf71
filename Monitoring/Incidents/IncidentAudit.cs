using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlAspire.Gateway.Audit.Export;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Monitoring.Failures;
using MlAspire.Monitoring.Gateway;
using MlAspire.Monitoring.Witness;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Incidents;

/// <summary>The gateway's audit log of a range: exported, proven by the log's key, and held against what was seen of it as its witness.</summary>
internal sealed class IncidentAudit(IncidentSources sources, WitnessedLogs witnessed)
{
    /// <summary>Exports of 1,000 records each; of more records the newest.</summary>
    public const int MaxExports = 20;

    private static readonly string[] Changes = ["route_changed", "pipeline_changed", "model_server_change_requested", "verbose_rule_changed", "subject_erased", "segment_removed", "audit_resumed", "checkpoint_key_changed"];

    private static readonly TimeSpan Before = TimeSpan.FromHours(1);

    /// <param name="archive">Takes the exports and what is read in them.</param>
    /// <param name="key">The caller's.</param>
    /// <param name="cancellationToken">Who asked is gone.</param>
    /// <exception cref="ServiceError">As <see cref="IncidentSources.AskAsync"/> says.</exception>
    public async Task CollectAsync(IncidentArchive archive, string? key, CancellationToken cancellationToken)
    {
        var facts = archive.Facts;
        if (await AskAsync(archive, "/v1/audit/key", key, cancellationToken) is not { } pem)
        {
            facts.Audit = new(false, "not known: the gateway did not answer");
            return;
        }

        archive.Add("audit/key.pem", pem);
        try
        {
            using var log = CheckpointKey.FromPem(Encoding.UTF8.GetString(pem));
            var newest = await RecordsAsync(archive, log, key, cancellationToken);
            await ChangesAsync(archive, log, key, cancellationToken);
            facts.Audit = newest is null ? new(false, "not known: nothing was exported") : await HeldAsync(archive, newest, log, key, cancellationToken);
        }
        catch (Exception e) when (e is FormatException or CryptographicException or ArgumentException)
        {
            facts.Audit = new(false, $"NOT PROVEN: {e.Message}");
        }
    }

    /// <returns>The checkpoint of the first export; null when there is none.</returns>
    private async Task<Checkpoint?> RecordsAsync(IncidentArchive archive, CheckpointKey log, string? key, CancellationToken cancellationToken)
    {
        Checkpoint? newest = null;
        long? next = null;
        for (var export = 1; export <= MaxExports; export++)
        {
            var path = $"{Question(archive.Facts.Range.From, archive.Facts.Range.To)}&limit=1000{(next is null ? "" : string.Create(CultureInfo.InvariantCulture, $"&before={next}"))}";
            if (await AskAsync(archive, path, key, cancellationToken) is not { } bundle)
            {
                return newest;
            }

            archive.Add(string.Create(CultureInfo.InvariantCulture, $"audit/records-{export:00}.jsonl"), bundle);
            var report = Read(bundle, log, archive.Facts.Records.Add);
            newest ??= report.Checkpoint;
            next = report.End.Before;
            if (next is null)
            {
                return newest;
            }
        }

        archive.Facts.Missing.Add($"audit records: the newest {archive.Facts.Records.Count} of the range are here, older ones are not");
        return newest;
    }

    private async Task ChangesAsync(IncidentArchive archive, CheckpointKey log, string? key, CancellationToken cancellationToken)
    {
        foreach (var change in Changes)
        {
            if (await AskAsync(archive, $"{Question(archive.Facts.Range.From - Before, archive.Facts.Range.To)}&event={change}", key, cancellationToken) is { } bundle)
            {
                archive.Add($"audit/{change}.jsonl", bundle);
                Read(bundle, log, archive.Facts.Changes.Add);
            }
        }

        archive.Facts.Changes.Sort((one, other) => one.Time().CompareTo(other.Time()));
    }

    /// <summary>Whether the log that was exported is the one that was witnessed.</summary>
    private async Task<AuditVerdict> HeldAsync(IncidentArchive archive, Checkpoint exported, CheckpointKey log, string? key, CancellationToken cancellationToken)
    {
        var proven = string.Create(CultureInfo.InvariantCulture, $"{archive.Facts.Records.Count} records are proven under a signed checkpoint of {exported.Size}");
        if (NewestOf(exported.Origin) is not { } note)
        {
            return new(true, $"{proven}; no witness has seen the log");
        }

        archive.Add("audit/witnessed-checkpoint.txt", Encoding.UTF8.GetBytes(note));
        var seen = Checkpoint.Open(note, log);
        var (older, newer) = seen.Size <= exported.Size ? (seen, exported) : (exported, seen);
        var path = string.Create(CultureInfo.InvariantCulture, $"/v1/audit/consistency?from={older.Size}&to={newer.Size}");
        if (await AskAsync(archive, path, key, cancellationToken) is not { } answer)
        {
            return new(false, $"{proven}; that it continues what the witness saw was not shown");
        }

        archive.Add("audit/consistency.json", answer);
        byte[][] proof = [.. JsonElement.Parse(answer).GetProperty("proof").EnumerateArray().Select(hash => hash.GetBytesFromBase64())];
        return MerkleProof.Extends(older.Size, older.Root, newer.Size, newer.Root, proof)
            ? new(true, string.Create(CultureInfo.InvariantCulture, $"{proven}, which agrees with the {seen.Size} that the witness saw"))
            : new(false, $"NOT PROVEN: {proven}, but it is not the log that the witness saw");
    }

    private string? NewestOf(string origin)
    {
        try
        {
            return witnessed.Find(origin).Newest;
        }
        catch (ServiceError)
        {
            return null; // not witnessed here
        }
    }

    private static BundleReport Read(byte[] bundle, CheckpointKey log, Action<JsonElement> visit)
    {
        using var text = new StringReader(Encoding.UTF8.GetString(bundle));
        return BundleReader.Read(text, log, record => visit(JsonElement.Parse(record.Bytes)));
    }

    private Task<byte[]?> AskAsync(IncidentArchive archive, string path, string? key, CancellationToken cancellationToken) =>
        sources.AskAsync(new(GatewayClient.Service, path), key, archive.Facts.Missing.Add, cancellationToken);

    private static string Question(DateTimeOffset from, DateTimeOffset to) => $"/v1/audit/export?personal=false&from={Text(from)}&to={Text(to)}";

    private static string Text(DateTimeOffset moment) => Uri.EscapeDataString(moment.ToString("O", CultureInfo.InvariantCulture));
}
