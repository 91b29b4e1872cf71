using System.Text.Json.Nodes;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Rotation;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.Gateway.Audit.Verification;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

/// <summary>The key that signs a log is replaced while its gateway is stopped. The log has four segments, three of them sealed.</summary>
public sealed class RotationTests : IAsyncLifetime
{
    private static readonly (string, string)[] Small = [("Audit:SegmentBytes", "4096")];

    private readonly DirectoryInfo keys = Directory.CreateTempSubdirectory("audit-rotated-keys-");
    private RunningGateway gateway = null!;
    private Segment[] sealedOnes = [];

    private string Old => Path.Combine(gateway.AuditDirectory, "checkpoint.key");

    private string New => Path.Combine(keys.FullName, "new.key");

    public async ValueTask InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync(null, Small);
        for (var i = 0; i < 3; i++)
        {
            await gateway.PostAsync(RunningGateway.Request([.. Enumerable.Repeat(700d, 10)])); // over 4,096 bytes
        }

        await gateway.PostAsync(RunningGateway.Request(700));
        sealedOnes = await Eventually.ValueAsync("three seals", () => Task.FromResult(Segment.In(gateway.AuditDirectory).Where(segment => File.Exists(segment.SealPath)).ToArray() is { Length: 3 } found ? found : null));
        await gateway.StopHostAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        keys.Delete(recursive: true);
    }

    [Fact]
    public async Task The_log_is_proven_by_the_new_key_alone_and_the_next_start_records_both()
    {
        var before = WrittenAudit.Records(gateway.AuditDirectory);

        var (code, text) = Rotate();

        Assert.True(code == ExitCode.Done, text);
        Assert.Equal((ExitCode.Failed, ExitCode.Done), (Run("verify", gateway.AuditDirectory, "--key", Old).Code, Run("verify", gateway.AuditDirectory, "--key", New).Code));
        Assert.Equal(before, WrittenAudit.Records(gateway.AuditDirectory));
        Assert.Contains("Audit:KeyFile must name that one", (await Assert.ThrowsAsync<InvalidDataException>(() => gateway.StartHostAsync(Small))).Message, StringComparison.Ordinal);
        for (var start = 0; start < 2; start++)
        {
            await gateway.StartHostAsync([.. Small, ("Audit:KeyFile", New)]);
            await gateway.StopHostAsync();
        }

        var record = JsonNode.Parse(Assert.Single(WrittenAudit.Records(gateway.AuditDirectory)[before.Length..]))!;
        Assert.Equal(("checkpoint_key_changed", IdOf(Old), IdOf(New)), ((string?)record["event"], (string?)record["old"], (string?)record["new"]));
        Assert.Equal(ExitCode.Done, Run("verify", gateway.AuditDirectory, "--key", New).Code);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(2, true)]
    [InlineData(3, true)] // all but the mark
    public async Task What_a_crash_left_of_a_rotation_opens_no_log_and_is_finished_by_running_it_again(int seals, bool checkpoint)
    {
        using var old = CheckpointKey.ReadOrMake(Old);
        using var made = CheckpointKey.ReadOrMake(New);
        new RotationMark(false, RotationMark.IdOf(old), RotationMark.IdOf(made), DateTimeOffset.UnixEpoch).Write(gateway.AuditDirectory);
        var path = Path.Combine(gateway.AuditDirectory, CheckpointFile.Name);
        if (checkpoint)
        {
            await File.WriteAllTextAsync(path, Checkpoint.Open(await File.ReadAllTextAsync(path), old).Sign(made));
        }

        Array.ForEach(sealedOnes[..seals], segment => Seal.SignAgain(segment, new(old, "mlaspire/gateway"), new(made, "mlaspire/gateway")));
        foreach (var key in (string[])[Old, New])
        {
            Assert.Contains("run 'audit rotate' again", (await Assert.ThrowsAsync<InvalidDataException>(() => gateway.StartHostAsync([.. Small, ("Audit:KeyFile", key)]))).Message, StringComparison.Ordinal);
        }

        Assert.Equal(ExitCode.Failed, Run("rotate", gateway.AuditDirectory, "--key-file", Old, "--new", Path.Combine(keys.FullName, "third.key")).Code);
        Assert.Equal(ExitCode.Done, Rotate().Code);

        await gateway.StartHostAsync([.. Small, ("Audit:KeyFile", New)]);
        await gateway.StopHostAsync();
        Assert.Equal(ExitCode.Done, Run("verify", gateway.AuditDirectory, "--key", New).Code);
        Assert.Contains("1970-01-01T00:00:00", WrittenAudit.Records(gateway.AuditDirectory)[^1], StringComparison.Ordinal); // when it was begun
    }

    [Fact]
    public async Task A_log_that_is_open_or_not_what_the_old_key_signed_is_left_as_it_is()
    {
        await gateway.StartHostAsync(Small);
        Assert.Equal(ExitCode.Unreadable, Rotate().Code);
        await gateway.StopHostAsync();
        Assert.Equal(ExitCode.Failed, Run("rotate", gateway.AuditDirectory, "--key-file", Old, "--new", Old).Code);
        Assert.Equal(ExitCode.Failed, Run("rotate", gateway.AuditDirectory, "--key-file", Path.Combine(keys.FullName, "new.key"), "--new", Path.Combine(keys.FullName, "third.key")).Code);
        var text = await File.ReadAllTextAsync(sealedOnes[0].LogPath);
        await File.WriteAllTextAsync(sealedOnes[0].LogPath, text.Replace("\"ATL\"", "\"ATM\"", StringComparison.Ordinal));
        var files = Snapshot();

        Assert.Equal(ExitCode.Failed, Rotate().Code);

        Assert.Equal(files, Snapshot());
    }

    private (string, string)[] Snapshot() => [.. Directory.EnumerateFiles(gateway.AuditDirectory).Order(StringComparer.Ordinal).Select(file => (file, Convert.ToHexString(File.ReadAllBytes(file))))];

    private static string IdOf(string file)
    {
        using var key = CheckpointKey.ReadOrMake(file);
        return RotationMark.IdOf(key);
    }

    private (int Code, string Text) Rotate() => Run("rotate", gateway.AuditDirectory, "--key-file", Old, "--new", New);

    private static (int Code, string Text) Run(params string[] args)
    {
        using var output = new StringWriter();
        return (new AuditCommand(TextReader.Null, output, output).Run(args), output.ToString());
    }
}
