using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.Gateway.Audit.Verification;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Gateway.Tests.Pipeline;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

/// <summary>The tests' model, with the departure's airport as the person that a row is about.</summary>
public sealed class SubjectTests : IAsyncLifetime
{
    private const string Key = "auditor-0123456789abcdef0123456789abcdef";
    private const string OnlyReads = "reader-0123456789abcdef0123456789abcdef0";

    private static readonly (string, string)[] Settings =
    [
        ("Access:Keys:auditor:Secret", Key), ("Access:Keys:auditor:Scopes", "audit.read,admin"), ("Access:Keys:reader:Secret", OnlyReads), ("Access:Keys:reader:Scopes", "audit.read"),
    ];

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync();
        await gateway.StopHostAsync();
        gateway.WriteModel("flight-delay", FlightPipeline.Json.Replace("\"inputs\"", "\"subject\": \"origin\", \"inputs\"", StringComparison.Ordinal));
        await gateway.StartHostAsync(Settings);
    }

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task What_belongs_to_a_subject_is_not_in_the_log_and_who_may_read_it_reads_it()
    {
        await gateway.PostAsync(Flight("ATL", 1946));

        var raw = Assert.Single(await gateway.AuditAsync());
        Assert.All(["ATL", "LAX", "distance_miles", ":1946", "2001-03-01T08:05", "12.5", "model_input"], secret => Assert.DoesNotContain(secret, raw, StringComparison.Ordinal));
        var record = (await SendAsync("/v1/audit/records/2")).Body["record"]!;
        Assert.Equal("""{"origin":"ATL","destination":"LAX"}""", record["entities"]!.ToJsonString());
        Assert.Equal(1946, (int)record["inputs"]!["distance_miles"]!);
        Assert.Equal(12.5, (double)record["input_features"]!["origin_mean_delay_1h"]!["value"]!);
        Assert.Equal(0.1946f, (float)record["prediction"]!["probability"]!);
        Assert.Null(record["personal"]);
        Assert.Null(record["salt"]);
    }

    [Fact]
    public async Task Rows_of_one_request_belong_each_to_its_own_subject()
    {
        var request = RunningGateway.Request(1, 2, 3);
        request["entities"]!["origin"] = new JsonArray("ATL", "BNA", "ATL");

        await gateway.PostAsync(request);

        var records = await gateway.AuditAsync();
        Assert.Equal([1, 2, 1], records.Select(record => (int)JsonNode.Parse(record)!["personal"]!["key"]!));
        await FindsAsync("entity.origin=ATL", 4, 2);
        await FindsAsync("entity.origin=BNA&arm=stable", 3);
        await FindsAsync("entity.origin=BNA&arm=canary");
    }

    [Fact]
    public async Task Who_does_not_want_what_belongs_to_subjects_gets_it_encrypted_and_proven()
    {
        await gateway.PostAsync(Flight("ATL", 1946));
        using var question = new HttpRequestMessage(HttpMethod.Get, "/v1/audit/export?personal=false");
        question.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(question, TestContext.Current.CancellationToken);
        var bundle = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var record = (await SendAsync("/v1/audit/records?personal=false&entity.origin=ATL")).Body["records"]![0]!["record"]!;

        Assert.Null(JsonNode.Parse(bundle.Split('\n')[1])!["personal"]);
        await gateway.StopHostAsync();
        using var output = new StringWriter();
        Assert.Equal(ExitCode.Done, new AuditCommand(new StringReader(bundle), output, TextWriter.Null).Run(["bundle", "-", "--key", Path.Combine(gateway.AuditDirectory, "checkpoint.pub")]));
        Assert.All([bundle, output.ToString(), record.ToJsonString()], text => Assert.DoesNotContain("ATL", text.Split("entity.origin")[0], StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_erased_subject_can_be_read_nowhere_any_more_and_the_log_stays_proven()
    {
        var (_, answer) = await gateway.PostAsync(Flight("ATL", 700));
        await gateway.PostAsync(Flight("BNA", 800));
        var id = (string)answer["predictions"]![0]!["prediction_id"]!;
        var before = (await SendAsync("/v1/audit/records/2")).Body;

        var (status, erased) = await SendAsync("/v1/subjects/origin:ATL", HttpMethod.Delete);

        Assert.Equal((HttpStatusCode.OK, """{"key":1,"audit_index":5}"""), (status, erased.ToJsonString()));
        var after = (await SendAsync($"/v1/predictions/{id}")).Body;
        Assert.Equal((string)before["bytes"]!, (string)after["bytes"]!);
        Assert.Equal("""{"key":1,"erased":true}""", after["record"]!["personal"]!.ToJsonString());
        Assert.Null(after["record"]!["entities"]);
        Assert.Equal(0.07f, (float)after["record"]!["prediction"]!["probability"]!);
        await FindsAsync("entity.origin=ATL");
        await FindsAsync("entity.origin=BNA", 4);
        var (replayStatus, replay) = await SendAsync($"/v1/predictions/{id}/replay", HttpMethod.Post);
        Assert.Equal(HttpStatusCode.NotFound, replayStatus);
        Assert.Contains("erased", (string)replay["detail"]!, StringComparison.Ordinal);
        var record = JsonNode.Parse((await gateway.AuditAsync())[2])!;
        Assert.Equal(("subject_erased", "auditor", 1), ((string)record["event"]!, (string)record["actor"]!, (int)record["key"]!));
        Assert.DoesNotContain("ATL", record.ToJsonString(), StringComparison.Ordinal);
        await gateway.StopHostAsync();
        Assert.Equal(ExitCode.Done, new AuditCommand(TextReader.Null, TextWriter.Null, TextWriter.Null).Run(["verify", gateway.AuditDirectory, "--key", Path.Combine(gateway.AuditDirectory, "checkpoint.pub")]));
    }

    [Fact]
    public async Task Whom_an_erasure_names_is_in_no_line_span_metric_or_record()
    {
        await using var collector = await StandIn.StartAsync((_, _) => Task.CompletedTask);
        await gateway.StopHostAsync();
        await gateway.StartHostAsync(
        [
            .. Settings, ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address.ToString()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("Logging:LogLevel:Microsoft.AspNetCore", "Debug"),
        ]);
        await gateway.PostAsync(Flight("ATL", 1));

        await SendAsync("/v1/subjects/origin:ATL", HttpMethod.Delete);
        await SendAsync("/v1/SUBJECTS/origin:ATL", HttpMethod.Delete);
        var metrics = await gateway.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        await gateway.StopHostAsync(); // what waits for the collector is sent

        var sent = string.Concat(collector.Requests.Select(each => Encoding.Latin1.GetString(each.Body)));
        Assert.Contains("/v1/subjects/[redacted]", sent, StringComparison.Ordinal);
        string[] sinks = [sent, metrics, string.Join('\n', gateway.Log.Lines()), string.Join('\n', gateway.Host.Logs.Events.Select(line => $"{line.Message} {string.Join(' ', line.Fields)}")), .. await gateway.AuditAsync()];
        Assert.All(sinks, sink => Assert.DoesNotContain("origin:ATL", sink, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_could_not_be_destroyed_is_found_again_by_who_asks_again()
    {
        await gateway.StopHostAsync();
        await using var process = await GatewayProcess.StartAsync([.. gateway.Settings, .. Settings]);
        foreach (var subject in (string[])["ATL", "BNA", "LAX"])
        {
            await RunningGateway.PostAsync(process.Client, Flight(subject, 700));
        }

        process.LimitFiles(3 * 128); // where the last key's slot begins; a new segment of the log has room for the record
        await Eventually.TrueAsync("a segment that has room", async () =>
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await EraseAsync()).Status);
            return (await gateway.AuditAsync())[^1].Contains("subject_erased", StringComparison.Ordinal);
        });
        process.LimitFiles(ulong.MaxValue);

        Assert.Equal(HttpStatusCode.OK, (await EraseAsync()).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await EraseAsync()).Status);

        Task<(HttpStatusCode Status, JsonNode Body)> EraseAsync() => SendAsync("/v1/subjects/origin:LAX", HttpMethod.Delete, client: process.Client);
    }

    [Fact]
    public async Task Who_comes_again_after_an_erasure_gets_a_new_key_and_what_was_erased_stays_so_over_a_restart()
    {
        await gateway.PostAsync(Flight("ATL", 1));
        await SendAsync("/v1/subjects/origin:ATL", HttpMethod.Delete);
        await gateway.PostAsync(Flight("ATL", 2));

        await gateway.StopHostAsync();
        await gateway.StartHostAsync(Settings);

        await FindsAsync("entity.origin=ATL", 5);
        var records = await gateway.AuditAsync();
        Assert.Equal([1, 2], records.Where(record => record.Contains("personal", StringComparison.Ordinal)).Select(record => (int)JsonNode.Parse(record)!["personal"]!["key"]!));
    }

    [Theory]
    [InlineData("origin:LAX", Key, HttpStatusCode.NotFound)]
    [InlineData("destination:LAX", Key, HttpStatusCode.NotFound)]
    [InlineData("origin:ATL", OnlyReads, HttpStatusCode.Forbidden)]
    public async Task Only_an_admin_erases_and_only_who_is_there(string subject, string key, HttpStatusCode status)
    {
        await gateway.PostAsync(Flight("ATL", 1));

        Assert.Equal(status, (await SendAsync($"/v1/subjects/{subject}", HttpMethod.Delete, key)).Status);
        Assert.Single(await gateway.AuditAsync());
    }

    [Fact]
    public async Task An_erasure_that_a_crash_cut_short_is_finished_at_the_start()
    {
        await gateway.PostAsync(Flight("ATL", 1));
        await gateway.StopHostAsync();
        using (var log = Open())
        {
            await log.AppendAsync(["{\"schema\":1,\"event\":\"subject_erased\",\"timestamp\":\"2001-03-01T00:00:00Z\",\"actor\":\"a\",\"key\":1,\"correlation_id\":null}"u8.ToArray()], TestContext.Current.CancellationToken);
        }

        await gateway.StartHostAsync(Settings);

        Assert.True((bool)(await SendAsync("/v1/audit/records/2")).Body["record"]!["personal"]!["erased"]!);
    }

    [Fact]
    public async Task A_key_is_the_same_until_it_is_erased_and_gone_from_the_file_then()
    {
        var subjects = Enumerable.Range(0, 100).Select(i => $"passenger:{i}").ToArray();
        SubjectKey[] made;
        using (var log = OpenIn("keys"))
        {
            using var keys = new SubjectKeys(log, OptionsOf("keys"), TimeProvider.System);
            made = await keys.OfAsync(subjects);
            Assert.Equal(made.Select(key => key.Bytes), (await keys.OfAsync(subjects)).Select(key => key.Bytes));
            Assert.Equal(100, made.Select(key => Convert.ToHexString(key.Bytes)).Distinct().Count());
            await log.AppendAsync(["{\"schema\":1,\"event\":\"subject_erased\",\"timestamp\":\"2001-03-01T00:00:00Z\",\"actor\":\"a\",\"key\":42,\"correlation_id\":null}"u8.ToArray()], TestContext.Current.CancellationToken);
            await keys.EraseAsync(made[41].Slot);
        }

        using var again = OpenIn("keys");
        using var opened = new SubjectKeys(again, OptionsOf("keys"), TimeProvider.System);
        Assert.Null(opened.Read(made[41].Slot));
        Assert.Null(opened.Find("passenger:41"));
        Assert.Equal(made[42].Bytes, opened.Read(made[42].Slot));
        Assert.Equal(101, (await opened.OfAsync(["passenger:41"]))[0].Slot);
        Assert.Throws<InvalidDataException>(() => opened.Read(102));
        var file = File.ReadAllBytes(Path.Combine(OptionsOf("keys").Value.Directory, "subjects.keys"));
        Assert.Equal(-1, file.AsSpan().IndexOf(made[42].Bytes)); // wrapped
        Assert.Equal(-1, file.AsSpan().IndexOf(Encoding.UTF8.GetBytes("passenger")));
        Assert.All(file[(42 * 128)..(43 * 128)], bytes => Assert.Equal(0, bytes));
    }

    [Fact]
    public async Task A_key_that_may_not_be_on_disk_is_nobodys_and_an_erasure_that_may_not_be_is_done_again()
    {
        var disk = new FailingFsync();
        using var log = OpenIn("flush");
        using var keys = new SubjectKeys(log, OptionsOf("flush"), disk);
        var known = (await keys.OfAsync(["passenger:1"]))[0];
        var file = Path.Combine(OptionsOf("flush").Value.Directory, "subjects.keys");
        disk.Fail(file);
        await Assert.ThrowsAsync<IOException>(() => keys.OfAsync(["passenger:1", "passenger:2"]));
        disk.Fail(file); // each flush has its thread
        await Assert.ThrowsAsync<IOException>(() => keys.EraseAsync(known.Slot));

        Assert.Contains("being erased", (await Assert.ThrowsAsync<IOException>(() => keys.OfAsync(["passenger:1"]))).Message, StringComparison.Ordinal);
        Assert.Equal(known.Slot, keys.Find("passenger:1")); // who asks again for the erasure finds it
        await keys.EraseAsync(known.Slot);
        Assert.Null(keys.Find("passenger:1"));
        Assert.Equal([3L, 4L], (await keys.OfAsync(["passenger:2", "passenger:1"])).Select(key => key.Slot));
    }

    [Fact]
    public async Task A_key_that_is_damaged_costs_the_answers_of_its_subject_alone_each_with_its_reason()
    {
        var (_, answer) = await gateway.PostAsync(Flight("ATL", 1));
        await gateway.StopHostAsync();
        var path = Path.Combine(gateway.AuditDirectory, "subjects.keys");
        var file = await File.ReadAllBytesAsync(path);
        file[128 + 60] ^= 1; // in the wrapped key of the first
        await File.WriteAllBytesAsync(path, file);
        await gateway.StartHostAsync(Settings);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await gateway.PostAsync(Flight("ATL", 2))).Response.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await gateway.PostAsync(Flight("BNA", 3))).Response.StatusCode);
        await UnreadableAsync((string)answer["predictions"]![0]!["prediction_id"]!, others: 1);
    }

    [Fact]
    public async Task The_start_says_that_keys_were_lost_no_slot_is_used_twice_and_what_they_encrypted_is_not_called_erased()
    {
        await gateway.PostAsync(Flight("BNA", 1));
        var (_, answer) = await gateway.PostAsync(Flight("ATL", 2));
        await SendAsync("/v1/subjects/origin:BNA", HttpMethod.Delete);
        await gateway.StopHostAsync();
        var path = Path.Combine(gateway.AuditDirectory, "subjects.keys");
        File.Delete(path);
        using (var log = Open()) // as the gateway does when it is built
        {
            var refusal = Assert.Throws<InvalidDataException>(() => new SubjectKeys(log, OptionsOf("."), TimeProvider.System)).Message;
            Assert.StartsWith("subjects.keys has slots up to 0, and the audit log used 2: it was lost, or is an older one. Put the newest one back.", refusal, StringComparison.Ordinal);
            Assert.Contains($"'truncate -s 384 subjects.keys' in {gateway.AuditDirectory}", refusal, StringComparison.Ordinal);
        }

        using (var file = File.OpenWrite(path))
        {
            file.SetLength(384); // what truncate does
        }

        await gateway.StartHostAsync(Settings);
        await gateway.PostAsync(Flight("ATL", 3));
        Assert.Equal([1, 2, 3], (await gateway.AuditAsync()).Where(record => record.Contains("personal", StringComparison.Ordinal)).Select(record => (int)JsonNode.Parse(record)!["personal"]!["key"]!));
        Assert.Equal("""{"key":1,"erased":true}""", (await SendAsync("/v1/audit/records/2")).Body["record"]!["personal"]!.ToJsonString());
        await UnreadableAsync((string)answer["predictions"]![0]!["prediction_id"]!, others: 2);
    }

    /// <summary>What a prediction's record has of its subject cannot be read, and every answer that holds the record says so and is whole.</summary>
    private async Task UnreadableAsync(string id, int others)
    {
        var (status, found) = await SendAsync("/v1/audit/records?event=prediction_audit");
        Assert.Equal((HttpStatusCode.OK, 1 + others), (status, found["records"]!.AsArray().Count));
        Assert.Equal(id, (string)Assert.Single(found["records"]!.AsArray(), record => record!.ToJsonString().Contains("\"unreadable\":true", StringComparison.Ordinal))!["record"]!["prediction_id"]!);
        var (lookUp, proven) = await SendAsync($"/v1/predictions/{id}");
        Assert.Equal((HttpStatusCode.OK, true), (lookUp, (bool)proven["record"]!["personal"]!["unreadable"]!));
        var (replayed, reason) = await SendAsync($"/v1/predictions/{id}/replay", HttpMethod.Post);
        Assert.Equal((HttpStatusCode.NotFound, true), (replayed, ((string)reason["detail"]!).Contains("damaged or lost", StringComparison.Ordinal)));
        using var question = new HttpRequestMessage(HttpMethod.Get, "/v1/audit/export?event=prediction_audit");
        question.Headers.Add("x-api-key", Key);
        using var bundle = await gateway.Client.SendAsync(question, TestContext.Current.CancellationToken);
        using var output = new StringWriter();
        Assert.Equal(ExitCode.Done, new AuditCommand(new StringReader(await bundle.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)), output, TextWriter.Null)
            .Run(["bundle", "-", "--key", Path.Combine(gateway.AuditDirectory, "checkpoint.pub")]));
        Assert.Contains($"bundle      {1 + others} records", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("of 1 the gateway could not read what belongs to their subjects", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("\"unreadable\":true", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_master_key_does_not_open_the_keys()
    {
        using var log = OpenIn("master");
        new SubjectKeys(log, OptionsOf("master"), TimeProvider.System).Dispose();
        File.WriteAllText(Path.Combine(OptionsOf("master").Value.Directory, "subjects.master"), Convert.ToBase64String(new byte[32]));

        Assert.Contains("master key is not the one", Assert.Throws<InvalidDataException>(() => new SubjectKeys(log, OptionsOf("master"), TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    private static JsonObject Flight(string origin, double miles)
    {
        var request = RunningGateway.Request(miles);
        request["entities"]!["origin"]![0] = origin;
        return request;
    }

    private async Task FindsAsync(string query, params int[] indices) =>
        Assert.Equal(indices, (await SendAsync($"/v1/audit/records?{query}")).Body["records"]!.AsArray().Select(record => (int)record!["index"]!));

    private IOptions<AuditOptions> OptionsOf(string name) => Options.Create(new AuditOptions { Directory = Path.Combine(gateway.AuditDirectory, name) });

    private AuditLog OpenIn(string name) => new(OptionsOf(name), NullLogger<AuditLog>.Instance, TimeProvider.System);

    private AuditLog Open() => OpenIn(".");

    private async Task<(HttpStatusCode Status, JsonNode Body)> SendAsync(string path, HttpMethod? method = null, string key = Key, HttpClient? client = null)
    {
        using var message = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        message.Headers.Add("x-api-key", key);
        using var response = await (client ?? gateway.Client).SendAsync(message, TestContext.Current.CancellationToken);
        return (response.StatusCode, await RunningGateway.BodyOfAsync(response));
    }
}
