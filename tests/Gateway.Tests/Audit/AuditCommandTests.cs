using System.Text.Json;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Verification;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.ServiceDefaults.CommandLine;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class AuditCommandTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("audit-verify-");

    private string LogPath => WrittenAudit.FirstSegment(folder.FullName);

    private string KeyPath => PathOf("public.pem");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task An_untouched_log_is_proven()
    {
        await WriteAsync(5);

        var (code, text) = Run("verify", folder.FullName, "--key", KeyPath);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("5 records of mlaspire/gateway, signed by the key", text, StringComparison.Ordinal);
        Assert.EndsWith("PROVEN: the log is what its checkpoints say.\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_log_is_proven()
    {
        await WriteAsync(0);

        Assert.Equal(ExitCode.Done, Run("verify", folder.FullName, "--key", KeyPath).Code);
    }

    [Fact]
    public async Task The_log_can_be_verified_while_it_is_open_and_its_newest_records_are_said_to_be_uncovered()
    {
        using var log = Open();
        await AppendAsync(log, 0, 3);
        Keep(log);
        await AppendAsync(log, 3, 2);

        var (code, text) = Run("verify", folder.FullName, "--key", KeyPath);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("2 records came after it: no checkpoint covers them yet", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_torn_record_at_the_end_is_no_failure()
    {
        await WriteAsync(3);
        await File.AppendAllTextAsync(LogPath, "e3069283 {\"pre");

        var (code, text) = Run("verify", folder.FullName, "--key", KeyPath);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("and 14 of a record that is not whole", text, StringComparison.Ordinal);
    }

    public static TheoryData<string> Attacks => ["change", "remove the first", "remove the last", "add", "swap", "repeat"];

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Whatever_is_done_to_a_covered_record_is_found_though_every_CRC_is_right(string attack)
    {
        await WriteAsync(6);
        var records = (await File.ReadAllLinesAsync(LogPath)).Select(line => line[9..]).ToArray();
        Rewrite(attack switch
        {
            "change" => [records[0], records[1], records[2].Replace("0.42", "0.43", StringComparison.Ordinal), .. records[3..]],
            "remove the first" => records[1..],
            "remove the last" => records[..^1],
            "add" => [.. records[..2], records[2].Replace("p2", "p9", StringComparison.Ordinal), .. records[2..]],
            "swap" => [.. records[..3], records[4], records[3], records[5]],
            "repeat" => [records[0], records[0], .. records[1..]],
            _ => throw new ArgumentOutOfRangeException(nameof(attack)),
        });

        var (code, text) = Run("verify", folder.FullName, "--key", KeyPath);

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains(attack == "remove the last" || attack == "remove the first" ? "1 are lost" : "changed, removed, added or moved", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_record_is_named()
    {
        await WriteAsync(4);
        await File.WriteAllTextAsync(LogPath, (await File.ReadAllTextAsync(LogPath)).Replace("\"p1\"", "\"p7\"", StringComparison.Ordinal));

        var (code, text) = Run("verify", folder.FullName, "--key", KeyPath);

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("NOT PROVEN: Record 1 of the audit log is damaged", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_rewritten_whole_with_the_key_itself_is_found_by_a_checkpoint_that_was_kept_elsewhere()
    {
        await WriteAsync(4);
        var kept = PathOf("kept-in-march");
        File.Copy(PathOf(CheckpointFile.Name), kept);
        File.Delete(LogPath);
        File.Delete(PathOf(CheckpointFile.Name));
        using (var forged = Open())
        {
            await AppendAsync(forged, 10, 5);
            Keep(forged);
        }

        Assert.Equal(ExitCode.Done, Run("verify", folder.FullName, "--key", KeyPath).Code);
        var (code, text) = Run("verify", folder.FullName, "--key", KeyPath, "--checkpoint", kept);

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains($"The first 4 records are not those that {kept} covers", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_witness_only_what_it_signed_counts()
    {
        await WriteAsync(4);
        using var witness = CheckpointKey.ReadOrMake(PathOf("witness.key"));
        await File.WriteAllTextAsync(PathOf("witness.pem"), witness.PublicPem);
        var note = await File.ReadAllTextAsync(PathOf(CheckpointFile.Name));
        await File.WriteAllTextAsync(PathOf("unsigned"), note);
        await File.WriteAllTextAsync(PathOf("signed"), note + Checkpoint.Parse(note).SignatureLine(witness, "mlaspire/monitoring"));

        var (signed, text) = Run("verify", folder.FullName, "--key", KeyPath, "--checkpoint", PathOf("signed"), "--witness", PathOf("witness.pem"));

        Assert.Equal(ExitCode.Done, signed);
        Assert.Contains("signed by the key and the witness", text, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, Run("verify", folder.FullName, "--key", KeyPath, "--checkpoint", PathOf("unsigned"), "--witness", PathOf("witness.pem")).Code);
        Assert.Equal(ExitCode.WrongArguments, Run("verify", folder.FullName, "--key", KeyPath, "--witness", PathOf("witness.pem")).Code);
    }

    [Fact]
    public async Task A_checkpoint_of_another_key_proves_nothing()
    {
        await WriteAsync(2);
        using var other = CheckpointKey.ReadOrMake(PathOf("other.key"));
        await File.WriteAllTextAsync(PathOf("other.pem"), other.PublicPem);

        var (code, text) = Run("verify", folder.FullName, "--key", PathOf("other.pem"));

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("no good signature by this key", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_checkpoint_nothing_is_proven()
    {
        await WriteAsync(2);
        File.Delete(PathOf(CheckpointFile.Name));

        Assert.Equal(ExitCode.Failed, Run("verify", folder.FullName, "--key", KeyPath).Code);
    }

    [Fact]
    public async Task A_prediction_s_record_is_shown_with_its_index()
    {
        await WriteAsync(5);

        var (code, text) = Run("verify", folder.FullName, "--key", KeyPath, "--prediction", "p3");

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains($"record      3, covered\n{RecordOf(3)}\n", text, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, Run("verify", folder.FullName, "--key", KeyPath, "--prediction", "0.42").Code); // in every record, but the id of none
    }

    [Fact]
    public async Task A_prediction_that_no_checkpoint_covers_yet_is_not_proven()
    {
        using var log = Open();
        await AppendAsync(log, 0, 1);
        Keep(log);
        await AppendAsync(log, 1, 1);

        var (code, text) = Run("verify", folder.FullName, "--key", KeyPath, "--prediction", "p1");

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("No checkpoint covers the prediction's record", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kept_answer_proves_one_record_without_the_log()
    {
        using var log = Open();
        await AppendAsync(log, 0, 7);
        Keep(log);
        var (bytes, proof) = (log.Read(4)!, log.Inclusion(4, 7)!);
        var answer = new ProvenRecord(4, JsonSerializer.Deserialize<JsonElement>("{}"), Convert.ToBase64String(bytes), [.. proof.Select(Convert.ToBase64String)], log.Checkpoint().Sign(log.Key));

        var (code, text) = Inclusion(answer);
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains($"record      4 of 7 of mlaspire/gateway\n{RecordOf(4)}\n", text, StringComparison.Ordinal); // what was hashed, not the field beside it

        Assert.Equal(ExitCode.Failed, Inclusion(answer with { Index = 5 }).Code);
        Assert.Equal(ExitCode.Failed, Inclusion(answer with { Bytes = Convert.ToBase64String("{}"u8) }).Code);
        Assert.Equal(ExitCode.Failed, Inclusion(answer with { Proof = [.. answer.Proof.Skip(1)] }).Code);
        Assert.Equal(ExitCode.Failed, Inclusion(answer with { Proof = [null!] }).Code);
        Assert.Equal(ExitCode.Failed, Inclusion(answer with { Checkpoint = "mlaspire/gateway\n7\n" }).Code);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("not JSON")]
    [InlineData("{\"index\":1,\"record\":{},\"bytes\":null,\"proof\":null,\"checkpoint\":null}")]
    public async Task What_is_no_answer_proves_nothing(string answer)
    {
        await WriteAsync(1);

        Assert.Equal(ExitCode.Failed, RunWith(answer, "inclusion", "-", "--key", KeyPath).Code);
    }

    [Fact]
    public async Task Two_kept_checkpoints_are_shown_to_be_of_one_history_or_not()
    {
        using var log = Open();
        await AppendAsync(log, 0, 3);
        await File.WriteAllTextAsync(PathOf("older"), log.Checkpoint().Sign(log.Key));
        await AppendAsync(log, 3, 4);
        await File.WriteAllTextAsync(PathOf("newer"), log.Checkpoint().Sign(log.Key));
        await File.WriteAllTextAsync(KeyPath, log.Key.PublicPem);
        var answer = new ConsistencyAnswer(3, 7, [.. log.Consistency(3, 7)!.Select(Convert.ToBase64String)]);

        var (code, text) = Consistency(answer, "older", "newer");
        Assert.Equal(ExitCode.Done, code);
        Assert.Equal("PROVEN: the 7 records of mlaspire/gateway begin with the 3.\n", text);

        Assert.Equal(ExitCode.Failed, Consistency(answer, "newer", "older").Code);
        Assert.Equal(ExitCode.Failed, Consistency(answer with { Proof = [.. answer.Proof.Reverse()] }, "older", "newer").Code);
        Assert.Equal(ExitCode.Failed, Consistency(answer with { Proof = [] }, "older", "newer").Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("prove DIR --key K")]
    [InlineData("verify --key K")]
    [InlineData("verify DIR")]
    [InlineData("verify DIR DIR --key K")]
    [InlineData("verify DIR --key")]
    [InlineData("verify DIR --key K --key K")]
    [InlineData("verify DIR --key K --proof P")]
    [InlineData("verify DIR --key K more")]
    [InlineData("consistency OLD NEW --key K")]
    [InlineData("inclusion FILE --key K --checkpoint C")]
    public void Wrong_arguments_are_told_apart_from_a_log_that_is_not_proven(string line)
    {
        var errors = new StringWriter();

        var code = new AuditCommand(TextReader.Null, TextWriter.Null, errors).Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(ExitCode.WrongArguments, code);
        Assert.Contains("usage: audit verify", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_told_apart_too()
    {
        await WriteAsync(1);

        Assert.Equal(ExitCode.Unreadable, Run("verify", folder.FullName, "--key", PathOf("nowhere")).Code);
        Assert.Equal(ExitCode.Unreadable, Run("verify", folder.FullName, "--key", LogPath).Code);
        Assert.Equal(ExitCode.Unreadable, Run("verify", PathOf("nowhere"), "--key", KeyPath, "--checkpoint", PathOf(CheckpointFile.Name)).Code);
    }

    private static string RecordOf(int i) => $$$"""{"schema":1,"event":"prediction_audit","prediction_id":"p{{{i}}}","prediction":{"probability":0.42}}""";

    private static async Task AppendAsync(AuditLog log, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            await log.AppendAsync([Encoding.UTF8.GetBytes(RecordOf(i))], CancellationToken.None);
        }
    }

    private (int Code, string Text) Inclusion(ProvenRecord answer) => RunWith(JsonSerializer.Serialize(answer, AuditJson.Default.ProvenRecord), "inclusion", "-", "--key", KeyPath);

    private (int Code, string Text) Consistency(ConsistencyAnswer answer, string older, string newer) =>
        RunWith(JsonSerializer.Serialize(answer, AuditJson.Default.ConsistencyAnswer), "consistency", PathOf(older), PathOf(newer), "--proof", "-", "--key", KeyPath);

    private static (int Code, string Text) Run(params string[] args) => RunWith("", args);

    private static (int Code, string Text) RunWith(string input, params string[] args)
    {
        var output = new StringWriter { NewLine = "\n" };
        return (new AuditCommand(new StringReader(input), output, TextWriter.Null).Run(args), output.ToString());
    }

    private async Task WriteAsync(int records)
    {
        using var log = Open();
        await AppendAsync(log, 0, records);
        Keep(log);
    }

    private void Keep(AuditLog log)
    {
        CheckpointFile.Write(folder.FullName, CheckpointFile.Sign(log));
        File.WriteAllText(KeyPath, log.Key.PublicPem);
    }

    private void Rewrite(IEnumerable<string> records)
    {
        using var file = File.Create(LogPath);
        foreach (var record in records)
        {
            AuditLine.Write(file, Encoding.UTF8.GetBytes(record));
        }
    }

    private AuditLog Open() => new(Options.Create(new AuditOptions { Directory = folder.FullName }), NullLogger<AuditLog>.Instance, TimeProvider.System);

    private string PathOf(string name) => Path.Combine(folder.FullName, name);
}
