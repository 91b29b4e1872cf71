using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Gateway.Tests.Pipeline;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

/// <summary>The key file when its disk fails, and after a loss of power.</summary>
public sealed class SubjectKeyTests : IDisposable
{
    private const int SlotBytes = 128;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("audit-keys-");

    private string KeyFile => Path.Combine(folder.FullName, "subjects.keys");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_key_file_that_cannot_be_forced_to_disk_is_a_failure_until_it_can()
    {
        var disk = new FailingFsync();
        using var log = Open();
        using var keys = new SubjectKeys(log, Settings, disk);
        await keys.OfAsync(["passenger:1"]);
        Assert.Null(keys.Failure);
        disk.Fail(KeyFile);
        await Assert.ThrowsAsync<IOException>(() => keys.OfAsync(["passenger:2"]));

        Assert.Equal("The key file of subjects cannot be written: It cannot be forced to disk: Input/output error", keys.Failure);
        await keys.TryAsync();
        Assert.Null(keys.Failure);
        Assert.Equal([1L, 3L], (await keys.OfAsync(["passenger:1", "passenger:2"])).Select(key => key.Slot)); // what was tried took no slot
    }

    [Fact]
    public async Task While_the_key_file_cannot_grow_only_subjects_with_a_key_are_answered_and_the_gateway_is_not_ready_until_it_can()
    {
        const int Subjects = 200;
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.StopHostAsync();
        string[] known = [.. Enumerable.Range(0, Subjects).Select(row => string.Create(CultureInfo.InvariantCulture, $"A{row}"))];
        gateway.WriteModel("flight-delay", FlightPipeline.Json.Replace("\"inputs\"", "\"subject\": \"origin\", \"inputs\"", StringComparison.Ordinal)
            .Replace("\"ATL\", \"BNA\"", $"\"{string.Join("\", \"", known)}\", \"BNA\"", StringComparison.Ordinal));
        await using var process = await GatewayProcess.StartAsync([.. gateway.Settings, ("Audit:SegmentBytes", "4096")]); // the log's files stay small
        var first = RunningGateway.Request([.. Enumerable.Range(0, Subjects).Select(row => (double)row)]);
        first["entities"]!["origin"] = new JsonArray([.. known.Select(each => JsonValue.Create(each))]);

        Assert.Equal(HttpStatusCode.OK, (await RunningGateway.PostAsync(process.Client, first)).Response.StatusCode);
        process.LimitFiles((Subjects + 1) * SlotBytes);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync("BNA"));

        Assert.Equal(HttpStatusCode.OK, await AskAsync("A1"));
        using var ready = await process.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("The key file of subjects cannot be written", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await Eventually.TrueAsync("a line that says so", () => process.Output.Any(line => line.Contains("subject_keys_failed", StringComparison.Ordinal)));
        process.LimitFiles(ulong.MaxValue);
        await Eventually.TrueAsync("readiness without a request", async () =>
        {
            using var again = await process.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
            return again.IsSuccessStatusCode;
        });
        Assert.Equal(HttpStatusCode.OK, await AskAsync("BNA"));

        async Task<HttpStatusCode> AskAsync(string origin)
        {
            JsonNode request = RunningGateway.Request(700);
            request["entities"]!["origin"]![0] = origin;
            return (await RunningGateway.PostAsync(process.Client, (JsonObject)request)).Response.StatusCode;
        }
    }

    [Fact]
    public async Task An_erased_slot_that_the_file_lost_is_nobodys_and_the_next_key_comes_after_it()
    {
        using var log = Open();
        using (var keys = new SubjectKeys(log, Settings, TimeProvider.System))
        {
            await keys.OfAsync(["passenger:1", "passenger:2"]);
        }

        await log.AppendAsync([Erased(5)], TestContext.Current.CancellationToken);
        for (var start = 0; start < 2; start++)
        {
            using var again = new SubjectKeys(log, Settings, TimeProvider.System);
            Assert.Equal((1L, 2L, null), (again.Find("passenger:1"), again.Find("passenger:2"), again.Read(5)));
        }

        using var opened = new SubjectKeys(log, Settings, TimeProvider.System);
        Assert.Equal(6, (await opened.OfAsync(["passenger:3"]))[0].Slot);
    }

    [Theory]
    [InlineData(1 << 20)] // the newest segment
    [InlineData(4_096)] // a segment before it, which is not sealed
    [InlineData(4_096, true)]
    public async Task The_highest_slot_that_the_log_used_is_known_wherever_the_record_is(int segmentBytes, bool isSealed = false)
    {
        var options = Options.Create(new AuditOptions { Directory = folder.FullName, SegmentBytes = segmentBytes });
        using (var log = new AuditLog(options, NullLogger<AuditLog>.Instance, TimeProvider.System))
        {
            await log.AppendAsync([Personal(7), Personal(17), Encoding.UTF8.GetBytes("""{"schema":1,"event":"alert_fired","facts":{"personal":{"key":99}}}"""), .. Enumerable.Repeat(Personal(3), 100)], TestContext.Current.CancellationToken);
            await log.AppendAsync([Personal(2)], TestContext.Current.CancellationToken);
            if (isSealed)
            {
                Assert.Equal(17, Seal.Make(Assert.Single(log.EndedSegments), log.SealSignature).HighestKey);
            }
        }

        using var again = new AuditLog(options, NullLogger<AuditLog>.Instance, TimeProvider.System);
        Assert.Equal(17, again.HighestKey);
        Assert.Contains("and the audit log used 17", Assert.Throws<InvalidDataException>(() => new SubjectKeys(again, options, TimeProvider.System)).Message, StringComparison.Ordinal);

        static byte[] Personal(long slot) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"schema":1,"event":"prediction_audit","personal":{"key":{{slot}},"data":""} }"""));
    }

    [Fact]
    public async Task The_start_does_not_search_all_keys_for_each_erasure_that_is_done()
    {
        const int Many = 60_000;
        using var log = Open();
        using (var keys = new SubjectKeys(log, Settings, TimeProvider.System))
        {
            await keys.OfAsync([.. Enumerable.Range(0, Many).Select(i => string.Create(CultureInfo.InvariantCulture, $"passenger:{i}"))]);
        }

        using (var file = File.OpenWrite(KeyFile))
        {
            file.SetLength((2L * Many + 1) * SlotBytes); // as many that are erased
        }

        await log.AppendAsync([.. Enumerable.Range(Many + 1, Many).Select(slot => Erased(slot))], TestContext.Current.CancellationToken);

        using var opened = await Task.Run(() => new SubjectKeys(log, Settings, TimeProvider.System)).WithinAsync("the start, which is slow as the square when it searches");

        Assert.Equal(2 * Many + 1, (await opened.OfAsync(["passenger:new"]))[0].Slot);
    }

    private static byte[] Erased(long slot) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"schema":1,"event":"subject_erased","timestamp":"2001-03-01T00:00:00Z","actor":"a","key":{{slot}},"correlation_id":null}"""));

    private IOptions<AuditOptions> Settings => Options.Create(new AuditOptions { Directory = folder.FullName });

    private AuditLog Open() => new(Settings, NullLogger<AuditLog>.Instance, TimeProvider.System);
}
