using System.Net;
using System.Security.Cryptography;
using System.Text;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Monitoring.Tests.Hosting;

namespace MlAspire.Monitoring.Tests.Witness;

public sealed class WitnessTests : IAsyncLifetime
{
    private const string Origin = "mlaspire/gateway";

    // The roots and proofs of a log of the records "a", "b", "c", by RFC 6962.
    private static readonly byte[] A = MerkleHash.OfLeaf("a"u8);
    private static readonly byte[] B = MerkleHash.OfLeaf("b"u8);
    private static readonly byte[] C = MerkleHash.OfLeaf("c"u8);
    private static readonly byte[] AB = MerkleHash.OfNode(A, B);
    private static readonly byte[] ABC = MerkleHash.OfNode(AB, C);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("witness-");
    private readonly ECDsa secret = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private CheckpointKey log = null!;
    private RunningMonitoring monitoring = null!;

    public async ValueTask InitializeAsync()
    {
        log = CheckpointKey.FromPem(secret.ExportPkcs8PrivateKeyPem());
        monitoring = await RunningMonitoring.StartAsync(("Witness:Directory", folder.FullName), ("Witness:Logs:0:Origin", Origin), ("Witness:Logs:0:Key", log.PublicPem));
    }

    public async ValueTask DisposeAsync()
    {
        await monitoring.DisposeAsync();
        log.Dispose();
        secret.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_checkpoint_that_continues_the_last_one_is_signed_and_kept_over_a_restart()
    {
        Assert.Equal(HttpStatusCode.OK, (await AddAsync(0, [], 1, A)).Status);
        var (status, signature) = await AddAsync(1, [B, C], 3, ABC);
        await monitoring.StopHostAsync();
        await monitoring.StartHostAsync();

        var kept = await TextAsync($"/v1/witness/checkpoint?origin={Origin}");
        using var witness = CheckpointKey.FromPem(await TextAsync("/v1/witness/key"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith("— mlaspire/monitoring ", signature, StringComparison.Ordinal);
        Assert.EndsWith(signature, kept, StringComparison.Ordinal);
        var opened = Checkpoint.Open(kept, log);
        Assert.Equal(3, opened.Size);
        Assert.Equal(ABC, opened.Root);
        Assert.True(Checkpoint.IsWitnessed(kept, witness));
        Assert.False(Checkpoint.IsWitnessed(kept.Replace(signature, "", StringComparison.Ordinal), witness));
        Assert.Equal((HttpStatusCode.Conflict, "3\n"), await AddAsync(1, [B], 2, AB));
    }

    [Fact]
    public async Task Another_history_is_not_signed_whatever_is_tried()
    {
        Assert.Equal(HttpStatusCode.OK, (await AddAsync(0, [], 2, AB)).Status);
        var other = MerkleHash.OfNode(A, C);

        Assert.Equal((HttpStatusCode.Conflict, "2\n"), await AddAsync(2, [], 2, other)); // the same size
        Assert.Equal((HttpStatusCode.Conflict, "2\n"), await AddAsync(0, [], 1, A)); // cut back
        Assert.Equal((HttpStatusCode.Conflict, "2\n"), await AddAsync(0, [], 3, MerkleHash.OfNode(other, B))); // as if nothing had been seen
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await AddAsync(2, [B], 3, MerkleHash.OfNode(other, B))).Status); // continued from what was never there
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await AddAsync(2, [], 3, ABC)).Status); // right, but not proven
        Assert.Equal(HttpStatusCode.OK, (await AddAsync(2, [C], 3, ABC)).Status);
    }

    [Fact]
    public async Task Only_the_key_of_a_known_log_is_listened_to()
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = CheckpointKey.FromPem(stranger.ExportPkcs8PrivateKeyPem());

        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync($"old 0\n\n{new Checkpoint(Origin, 1, A).Sign(key)}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync($"old 0\n\n{new Checkpoint("someone/else", 1, A).Sign(log)}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await monitoring.Host.Client.GetAsync($"/v1/witness/checkpoint?origin={Origin}", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task After_a_rotation_the_old_key_is_good_for_what_was_seen_and_signs_nothing_new()
    {
        Assert.Equal(HttpStatusCode.OK, (await AddAsync(0, [], 1, A)).Status);
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = CheckpointKey.FromPem(next.ExportPkcs8PrivateKeyPem());
        var question = $"old 1\n{Convert.ToBase64String(B)}\n\n{new Checkpoint(Origin, 2, AB).Sign(made)}";
        await RestartAsync(made.PublicPem);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(question)).Status); // what it saw is by a key that it does not know any more

        await RestartAsync($"{made.PublicPem}\n{log.PublicPem}\n");

        Assert.Equal(HttpStatusCode.Forbidden, (await AddAsync(1, [B], 2, AB)).Status);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(question)).Status);
        await RestartAsync(made.PublicPem);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync($"old 2\n{Convert.ToBase64String(C)}\n\n{new Checkpoint(Origin, 3, ABC).Sign(made)}")).Status);

        async Task RestartAsync(string keys)
        {
            await monitoring.DisposeAsync();
            monitoring = await RunningMonitoring.StartAsync(("Witness:Directory", folder.FullName), ("Witness:Logs:0:Origin", Origin), ("Witness:Logs:0:Key", keys));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("old\n\n")]
    [InlineData("old -1\n\n")]
    [InlineData("old 0\nAAAA\n\n")]
    [InlineData("old 0\n!\n\n")]
    [InlineData("old 0\n\nmlaspire/gateway\n1\nAAAA\n\n— x AAAA\n")]
    [InlineData("old 0\n\nno checkpoint")]
    public async Task What_is_no_checkpoint_is_refused_with_the_field(string body)
    {
        var (status, text) = await PostAsync(body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("\"body\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_size_over_the_checkpoints_own_is_refused_with_the_field() =>
        Assert.Contains("\"old\"", (await AddAsync(2, [], 1, A)).Text, StringComparison.Ordinal);

    [Fact]
    public async Task A_body_over_the_limit_is_413() => Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PostAsync(new string('x', 20_000))).Status);

    private Task<(HttpStatusCode Status, string Text)> AddAsync(long old, byte[][] proof, long size, byte[] root) =>
        PostAsync($"old {old}\n{string.Concat(proof.Select(hash => Convert.ToBase64String(hash) + "\n"))}\n{new Checkpoint(Origin, size, root).Sign(log)}");

    private async Task<(HttpStatusCode Status, string Text)> PostAsync(string body)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/witness/add-checkpoint") { Content = new StringContent(body, Encoding.UTF8, "text/plain") };
        message.Headers.ExpectContinue = true; // a body that is refused unread must not reset the connection under the client
        using var response = await monitoring.Host.Client.SendAsync(message, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private Task<string> TextAsync(string path) => monitoring.Host.Client.GetStringAsync(path, TestContext.Current.CancellationToken);
}
