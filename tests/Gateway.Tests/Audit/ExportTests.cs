using System.Text.Json.Nodes;
using MlAspire.Gateway.Audit.Verification;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Gateway.Tests.Pipeline;
using MlAspire.ServiceDefaults.CommandLine;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class ExportTests : IAsyncLifetime
{
    private const string Key = "auditor-0123456789abcdef0123456789abcdef";

    private static readonly (string, string)[] Settings = [("Access:Keys:auditor:Secret", Key), ("Access:Keys:auditor:Scopes", "audit.read,admin"), ("Audit:SegmentBytes", "4096")];

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync()
    {
        gateway = await RunningGateway.StartAsync();
        await gateway.StopHostAsync();
        gateway.WriteModel("flight-delay", FlightPipeline.Json.Replace("\"inputs\"", "\"subject\": \"origin\", \"inputs\"", StringComparison.Ordinal));
        await gateway.StartHostAsync(Settings);
        for (var i = 0; i < 12; i++)
        {
            var request = RunningGateway.Request(100 + i);
            request["entities"]!["origin"]![0] = i % 3 == 0 ? "BNA" : "ATL";
            await gateway.PostAsync(request);
        }
    }

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task A_subject_s_records_of_a_time_range_are_proven_with_the_public_key_alone()
    {
        var bundle = await SendAsync("/v1/audit/export?entity.origin=BNA&from=2001-01-01T00:00Z&to=2200-01-01T00:00Z&before=12");

        var (code, text) = Verify(bundle);

        Assert.Equal(ExitCode.Done, code);
        var lines = text.Split('\n');
        Assert.Equal([106, 103, 100], lines[..3].Select(line => (int)JsonNode.Parse(line)!["inputs"]!["distance_miles"]!));
        Assert.StartsWith("checkpoint  15 records of mlaspire/gateway, signed by the key", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("bundle      3 records, asked for by auditor at ", lines[4], StringComparison.Ordinal);
        Assert.DoesNotContain("there is more", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_erased_subject_s_records_are_exported_as_such()
    {
        await SendAsync("/v1/subjects/origin:BNA", HttpMethod.Delete);

        var (code, text) = Verify(await SendAsync("/v1/audit/export?event=prediction_audit&before=3"));

        Assert.Contains("\"personal\":{\"key\":1,\"erased\":true}", text, StringComparison.Ordinal);
        Assert.Contains("PROVEN: the log holds these records", text, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, code);
    }

    [Theory]
    [InlineData("another personal", "not what the record was made of")]
    [InlineData("another record", "does not lead to the root")]
    [InlineData("no hash in a proof", "does not lead to the root")]
    [InlineData("a record left out", "not over what it holds")]
    [InlineData("a record twice", "is not before the one above it")]
    [InlineData("another question", "not over what it holds")]
    [InlineData("personal taken out", "not over what it holds")]
    [InlineData("cut off", "It is no bundle: its last line")]
    [InlineData("another checkpoint", "no good signature by this key")]
    [InlineData("empty", "its first line is missing")]
    public async Task Whatever_is_changed_in_a_bundle_is_found(string attack, string says)
    {
        var lines = (await SendAsync("/v1/audit/export?entity.origin=ATL")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines = attack switch
        {
            "another personal" => [.. lines[..2], With(lines[2], "personal", JsonNode.Parse(lines[3])!["personal"]!), .. lines[3..]],
            "another record" => [.. lines[..2], With(lines[2], "bytes", JsonNode.Parse(lines[3])!["bytes"]!), .. lines[3..]],
            "no hash in a proof" => [.. lines[..2], With(lines[2], "proof", new JsonArray((JsonNode?)null)), .. lines[3..]],
            "a record left out" => [.. lines[..2], .. lines[3..]],
            "a record twice" => [.. lines[..3], .. lines[2..]],
            "another question" => [With(lines[0], "query", "?entity.origin=LAX"), .. lines[1..]],
            "personal taken out" => [.. lines[..2], With(lines[2], "personal", null), .. lines[3..]],
            "cut off" => lines[..^1],
            "another checkpoint" => [With(lines[0], "checkpoint", ((string)JsonNode.Parse(lines[0])!["checkpoint"]!).Replace("\n15\n", "\n16\n", StringComparison.Ordinal)), .. lines[1..]],
            _ => [],
        };

        var (code, text) = Verify(string.Concat(lines.Select(line => $"{line}\n")));

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains(says, text, StringComparison.Ordinal);
    }

    private static string With(string line, string property, JsonNode? value)
    {
        var json = JsonNode.Parse(line)!;
        json[property] = value?.DeepClone();
        return json.ToJsonString();
    }

    private (int Code, string Text) Verify(string bundle)
    {
        var output = new StringWriter { NewLine = "\n" };
        var code = new AuditCommand(new StringReader(bundle), output, TextWriter.Null).Run(["bundle", "-", "--key", Path.Combine(gateway.AuditDirectory, "checkpoint.pub")]);
        return (code, output.ToString());
    }

    private async Task<string> SendAsync(string path, HttpMethod? method = null)
    {
        using var message = new HttpRequestMessage(method ?? HttpMethod.Get, path);
        message.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
