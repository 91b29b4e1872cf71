using System.Globalization;
using System.Security.Cryptography;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Rotation;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Audit.Verification;

/// <summary>The offline verifier: <c>audit verify | inclusion | bundle | consistency</c>. Trusts the key it is given and nothing else. And <c>audit rotate</c>, which replaces that key.</summary>
internal sealed class AuditCommand(TextReader input, TextWriter output, TextWriter errors)
{
    private const string Dash = "-";

    /// <returns>The exit code.</returns>
    public int Run(IReadOnlyList<string> args)
    {
        try
        {
            var arguments = AuditArguments.Parse(args);
            return Run(arguments);
        }
        catch (ServiceError wrong)
        {
            errors.WriteLine($"{wrong.Message}\n{AuditArguments.Usage}");
            return ExitCode.WrongArguments;
        }
    }

    private int Run(AuditArguments arguments)
    {
        try
        {
            using var key = KeyOf(arguments.Key);
            return arguments.Verb switch
            {
                "verify" => Verify(arguments, key),
                "inclusion" => Inclusion(arguments.Paths[0], key),
                "bundle" => Bundle(arguments.Paths[0], key),
                "rotate" => Rotate(arguments, key),
                _ => Consistency(arguments, key),
            };
        }
        catch (Exception not) when (not is FormatException or InvalidDataException)
        {
            return Failed([not.Message]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine(e.Message);
            return ExitCode.Unreadable;
        }
    }

    private int Verify(AuditArguments arguments, CheckpointKey key)
    {
        var directory = arguments.Paths[0];
        // The checkpoint first: a gateway that writes meanwhile only makes the log longer.
        var own = Path.Combine(directory, CheckpointFile.Name);
        using var witness = arguments.Witness is null ? null : KeyOf(arguments.Witness);
        TrustedCheckpoint[] kept = [.. arguments.Checkpoints.Select(file => Open(file, key, witness))];
        TrustedCheckpoint[] checkpoints = File.Exists(own) ? [Open(own, key, null), .. kept] : kept;
        if (checkpoints.Length == 0)
        {
            throw new FormatException($"{own} is missing, and no --checkpoint is given: the records can be read, but not proven to be all, or unchanged.");
        }

        if (checkpoints.Select(trusted => trusted.Checkpoint.Origin).Distinct().ToArray() is { Length: > 1 } origins)
        {
            throw new FormatException($"They are checkpoints of different logs: {string.Join(", ", origins)}.");
        }

        var report = AuditVerifier.Verify(directory, checkpoints, key, arguments.Prediction);
        Row("log", $"{directory}: {Number(report.Records)} records, {Number(report.Bytes)} bytes{(report.TornBytes > 0 ? $", and {Number(report.TornBytes)} of a record that is not whole" : "")}");
        foreach (var (segment, statement) in report.Removed)
        {
            Row("removed", $"{Number(segment.Segment)} to {Number(segment.Segment + segment.Records - 1)}, of before {segment.To:u}: by retention, as record {Number(statement)} says{(segment.IsSigned ? "" : "; its seal is of before these were signed: the hashes in it are proven, not which predictions they are of")}");
        }

        Array.ForEach(checkpoints, trusted => Row("checkpoint", $"{trusted.Source}: {Number(trusted.Checkpoint.Size)} records of {trusted.Checkpoint.Origin}, signed by the key{(trusted.Witnessed ? " and the witness" : "")}"));
        return report.Problems.Count > 0 ? Failed(report.Problems) : Covered(report, (witness is null ? checkpoints : kept).Max(trusted => trusted.Checkpoint.Size), arguments.Prediction);
    }

    private int Covered(AuditReport report, long covered, string? prediction)
    {
        if (report.Records > covered)
        {
            Row("", $"{Number(report.Records - covered)} records came after it: no checkpoint covers them yet");
        }

        foreach (var record in report.Found)
        {
            Row("record", $"{Number(record.Index)}, {(record.Index < covered ? "covered" : "not covered yet")}");
            output.WriteLine(record.Record ?? (record.IsKnown ? "(removed by retention; its hash is proven)" : "(removed by retention; its hash is proven, not that it was this prediction's)"));
        }

        return prediction is not null && report.Found.Count == 0 ? Failed([$"The log has no record of prediction {prediction}."])
            : report.Found is [.., { Record: null, IsKnown: false }] ? Failed(["The prediction's record was removed by retention, and the seal that names it is of before seals were signed: that there was one is not proven."])
            : report.Found is [.., { Record: null }] ? Failed(["The prediction's record was removed by retention: that there was one is proven, not what it said."])
            : report.Found.Any(record => record.Index >= covered) ? Failed(["No checkpoint covers the prediction's record: ask again after the next one (a second)."])
            : Verified("the log is what its checkpoints say");
    }

    private int Inclusion(string file, CheckpointKey key)
    {
        var (record, checkpoint) = SavedProof.Inclusion(Text(file), key);
        Row("record", $"{Number(record.Index)} of {Number(checkpoint.Size)} of {checkpoint.Origin}");
        output.WriteLine(record.Record);
        return Verified("the log holds this record");
    }

    private int Bundle(string file, CheckpointKey key)
    {
        using var text = file == Dash ? input : File.OpenText(file);
        var unreadable = 0;
        var (header, checkpoint, end) = BundleVerifier.Verify(text, key, record =>
        {
            output.WriteLine(record.Record);
            unreadable += record.IsUnreadable ? 1 : 0;
        });
        Row("checkpoint", $"{Number(checkpoint.Size)} records of {checkpoint.Origin}, signed by the key");
        Row("bundle", $"{Number(end.Records)} records, asked for by {header.Actor} at {header.Made:u} with '{header.Query}'{(end.Before is { } before ? $"; there is more, before={before}" : "")}");
        if (unreadable > 0)
        {
            Row("", $"of {Number(unreadable)} the gateway could not read what belongs to their subjects: their keys are damaged or lost");
        }

        return Verified("the log holds these records, and its gateway says that they are what was asked for");
    }

    private int Consistency(AuditArguments arguments, CheckpointKey key)
    {
        var (older, newer) = (Open(arguments.Paths[0], key, null).Checkpoint, Open(arguments.Paths[1], key, null).Checkpoint);
        SavedProof.Consistency(Text(arguments.Proof!), older, newer);
        return Verified($"the {Number(newer.Size)} records of {newer.Origin} begin with the {Number(older.Size)}");
    }

    private int Rotate(AuditArguments arguments, CheckpointKey old)
    {
        using var made = PrivateKeyOf(arguments.New!);
        var (seals, checkpoint) = KeyRotation.Run(arguments.Paths[0], old, made, TimeProvider.System.GetUtcNow());
        Row("rotated", $"{Number(seals)} seals and the checkpoint of {Number(checkpoint.Size)} records of {checkpoint.Origin}, from the key {RotationMark.IdOf(old)} to {RotationMark.IdOf(made)}");
        Row("next", $"Audit__KeyFile={arguments.New} for the gateway; {CheckpointKeyChanged.EventName} will be its first record. The witness and auditors need the new public key beside the old one");
        return Verified("the log is what its checkpoint says, by the new key");
    }

    private TrustedCheckpoint Open(string file, CheckpointKey key, CheckpointKey? witness)
    {
        try
        {
            var note = Text(file);
            var checkpoint = Checkpoint.Open(note, key);
            return witness is null || Checkpoint.IsWitnessed(note, witness) ? new(file, checkpoint, witness is not null) : throw new FormatException("The witness did not sign it.");
        }
        catch (FormatException e)
        {
            throw new FormatException($"{file}: {e.Message}", e);
        }
    }

    private CheckpointKey KeyOf(string file) => KeyIn(file, "key", () => CheckpointKey.FromPem(Text(file)));

    /// <summary>One that can sign; made when its file is missing.</summary>
    private static CheckpointKey PrivateKeyOf(string file) => KeyIn(file, "private key", () =>
    {
        var key = CheckpointKey.ReadOrMake(file);
        key.Sign([]);
        return key;
    });

    private static CheckpointKey KeyIn(string file, string what, Func<CheckpointKey> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new IOException($"{file} is not a {what} in PEM.", e);
        }
    }

    private string Text(string file) => file == Dash ? input.ReadToEnd() : File.ReadAllText(file);

    private int Verified(string what)
    {
        output.WriteLine($"PROVEN: {what}.");
        return ExitCode.Done;
    }

    private int Failed(IReadOnlyList<string> problems)
    {
        foreach (var problem in problems)
        {
            output.WriteLine($"NOT PROVEN: {problem}");
        }

        return ExitCode.Failed;
    }

    private void Row(string name, string text) => output.WriteLine($"{name,-12}{text}");

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
