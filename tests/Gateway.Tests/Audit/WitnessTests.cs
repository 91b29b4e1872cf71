extern alias Monitoring; // it has the wire contracts' types too

using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;
using Monitoring::MlAspire.Monitoring;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class WitnessTests
{
    private static readonly DateTimeOffset Start = new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_growing_log_is_witnessed_every_second_each_checkpoint_with_the_proof_that_it_continues_the_last()
    {
        var time = new ManualTimeProvider(Start);
        await using var witness = await StandIn.StartAsync((_, response) => AnswerAsync(response, StatusCodes.Status200OK, "— w AAAA\n"));
        await using var gateway = await RunningGateway.StartAsync(time, Witnessed(witness));

        for (var rows = 1; rows <= 3; rows++)
        {
            await gateway.PostAsync(RunningGateway.Request([.. Enumerable.Repeat(700d, rows)]));
            var asked = rows + 1;
            await Eventually.TrueAsync($"{asked} questions", () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return witness.Requests.Count >= asked;
            });
        }

        var questions = witness.Requests.Select(Question).ToArray();
        Assert.Equal([(0, 0), (0, 3), (3, 5), (5, 8)], questions.Select(question => (question.Old, question.Checkpoint.Size)));
        using var key = CheckpointKey.FromPem(await File.ReadAllTextAsync(Path.Combine(gateway.AuditDirectory, "checkpoint.pub")));
        Assert.All(questions, question => Assert.Equal(question.Checkpoint, Checkpoint.Open(question.Note, key) with { Root = question.Checkpoint.Root }));
        Assert.All(questions.Zip(questions.Skip(1)), pair => Assert.True(
            MerkleProof.Extends(pair.First.Checkpoint.Size, pair.First.Checkpoint.Root, pair.Second.Checkpoint.Size, pair.Second.Checkpoint.Root, pair.Second.Proof)));
    }

    [Fact]
    public async Task What_the_witness_saw_before_a_restart_is_asked_for_and_continued()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.PostAsync(RunningGateway.Request(700, 701, 702));
        await gateway.StopHostAsync();
        await using var witness = await StandIn.StartAsync((asked, response) =>
            Question(asked).Old == 2 ? AnswerAsync(response, StatusCodes.Status200OK, "— w AAAA\n") : AnswerAsync(response, StatusCodes.Status409Conflict, "2\n"));

        await gateway.StartHostAsync(Witnessed(witness));

        Assert.Equal([0, 2], witness.Requests.Select(asked => Question(asked).Old));
    }

    [Theory]
    [InlineData(StatusCodes.Status409Conflict, "7\n", "The audit log has 4 records, and its witness saw 7: 3 are lost.")]
    [InlineData(StatusCodes.Status409Conflict, "2\n", "The first 2 records of the audit log are not those that its witness saw: it was rewritten.")]
    [InlineData(StatusCodes.Status422UnprocessableEntity, "no\n", "of the audit log are not those that its witness saw")]
    [InlineData(StatusCodes.Status403Forbidden, "{}", "The audit log's key is not the one that its witness knows it by")]
    public async Task A_gateway_whose_log_is_behind_its_witness_or_another_one_does_not_start(int status, string body, string says)
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.PostAsync(RunningGateway.Request(700, 701));
        await gateway.StopHostAsync();
        await using var witness = await StandIn.StartAsync((_, response) => AnswerAsync(response, status, body));

        var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => gateway.StartHostAsync(Witnessed(witness)));

        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_witness_that_is_away_delays_nothing_and_when_it_comes_back_and_saw_more_nothing_is_answered_any_more()
    {
        var time = new ManualTimeProvider(Start);
        await using var witness = await StandIn.StartAsync((_, response) => StandIn.DieInAnswerAsync(response));
        await using var gateway = await RunningGateway.StartAsync(time, Witnessed(witness));
        Assert.Equal(HttpStatusCode.OK, (await gateway.PostAsync(RunningGateway.Request(700))).Response.StatusCode);
        Assert.Single(gateway.Host.Logs.Named("audit_unwitnessed"));

        witness.Answer = (_, response) => AnswerAsync(response, StatusCodes.Status409Conflict, "9\n");
        await Eventually.TrueAsync("the refusal", () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return gateway.Host.Logs.Named("audit_refused").Any();
        });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await gateway.PostAsync(RunningGateway.Request(700))).Response.StatusCode);
        using var ready = await gateway.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("its witness saw 9", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Single(await gateway.AuditAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // then it reads the new key
    public async Task An_emptied_audit_folder_with_a_new_key_is_refused_by_what_Monitoring_answers(bool monitoringRestarts)
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.PostAsync(RunningGateway.Request(700));
        await gateway.StopHostAsync();
        var monitoring = await StartMonitoringAsync(gateway);
        await gateway.StartHostAsync(Witnessed(monitoring.Address));
        await gateway.StopHostAsync();
        Directory.Delete(gateway.AuditDirectory, recursive: true);
        if (monitoringRestarts)
        {
            await gateway.StartHostAsync(); // makes the key
            await gateway.StopHostAsync();
            await monitoring.DisposeAsync();
            monitoring = await StartMonitoringAsync(gateway);
        }

        await using var witness = monitoring;
        var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => gateway.StartHostAsync(Witnessed(witness.Address)));

        Assert.Contains("key is not the one that its witness knows it by", refusal.Message, StringComparison.Ordinal);
    }

    private static Task<ServiceHost> StartMonitoringAsync(RunningGateway gateway) => ServiceHost.StartAsync(MonitoringApp.Build, builder => builder
        .UseSetting("ConnectionStrings:redis", gateway.Redis.ConnectionString)
        .UseSetting("Witness:Directory", $"{gateway.AuditDirectory}.witness")
        .UseSetting("Witness:Logs:0:Origin", "mlaspire/gateway")
        .UseSetting("Witness:Logs:0:KeyFile", Path.Combine(gateway.AuditDirectory, "checkpoint.pub")));

    private static (string, string)[] Witnessed(StandIn witness) => Witnessed(witness.Address);

    private static (string, string)[] Witnessed(Uri witness) => [("Audit:Witnessed", "true"), ("services:monitoring:http:0", witness.ToString())];

    private static Task AnswerAsync(HttpResponse response, int status, string body)
    {
        response.StatusCode = status;
        return response.WriteAsync(body);
    }

    private static (long Old, byte[][] Proof, string Note, Checkpoint Checkpoint) Question(Asked asked)
    {
        Assert.Equal("/v1/witness/add-checkpoint", asked.Path);
        var parts = Encoding.UTF8.GetString(asked.Body).Split("\n\n", 2);
        var lines = parts[0].Split('\n');
        return (long.Parse(lines[0]["old ".Length..], CultureInfo.InvariantCulture), [.. lines[1..].Select(Convert.FromBase64String)], parts[1], Checkpoint.Parse(parts[1]));
    }
}
