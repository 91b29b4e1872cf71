using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Aspire.Hosting.Dcp;

/// <summary>DCP's API over HTTP/2, trusting only the server's own certificate authority. Thread-safe.</summary>
internal sealed class DcpClient : IDisposable
{
    private readonly HttpClient http;

    public DcpClient(Kubeconfig config)
    {
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                    CustomTrustStore = { config.CertificateAuthority },
                },
            },
        };
        http = new HttpClient(handler)
        {
            BaseAddress = config.Server,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", config.Token);
    }

    /// <exception cref="DcpException">DCP refused: the message is DCP's, the status 409 when the name exists.</exception>
    public async Task<DcpObject<TSpec, TStatus>> CreateAsync<TSpec, TStatus>(DcpObject<TSpec, TStatus> item, CancellationToken cancellationToken)
        where TSpec : class
        where TStatus : class
    {
        using var response = await http.PostAsJsonAsync(Path(item.Kind), item, Dcp.Json, cancellationToken).ConfigureAwait(false);
        await ThrowIfRefusedAsync(response, $"create {item.Kind} {item.Metadata.Name}", cancellationToken).ConfigureAwait(false);
        return await ReadAsync<DcpObject<TSpec, TStatus>>(response, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Null when there is no such object.</returns>
    public async Task<DcpObject<TSpec, TStatus>?> FindAsync<TSpec, TStatus>(string kind, string name, CancellationToken cancellationToken)
        where TSpec : class
        where TStatus : class
    {
        using var response = await http.GetAsync(Path(kind, name), cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        await ThrowIfRefusedAsync(response, $"read {kind} {name}", cancellationToken).ConfigureAwait(false);
        return await ReadAsync<DcpObject<TSpec, TStatus>>(response, cancellationToken).ConfigureAwait(false);
    }

    public async Task PatchAsync(string kind, string name, JsonObject patch, CancellationToken cancellationToken)
    {
        using var content = Patch(patch);
        using var response = await http.PatchAsync(Path(kind, name), content, cancellationToken).ConfigureAwait(false);
        await ThrowIfRefusedAsync(response, $"change {kind} {name}", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for the deletion, which stops a running process, and returns when the object is gone.</summary>
    public async Task DeleteAsync(string kind, string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var response = await http.DeleteAsync(Path(kind, name), cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                return;
            }

            await ThrowIfRefusedAsync(response, $"delete {kind} {name}", cancellationToken).ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Every object of the kind as <c>ADDED</c>, then each change. Ends when the server does.</summary>
    public async IAsyncEnumerable<DcpChange<TSpec, TStatus>> WatchAsync<TSpec, TStatus>(string kind, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TSpec : class
        where TStatus : class
    {
        await foreach (var line in LinesAsync($"{Path(kind)}?watch=true", cancellationToken).ConfigureAwait(false))
        {
            if (JsonSerializer.Deserialize<DcpChange<TSpec, TStatus>>(line, Dcp.Json) is { } change)
            {
                yield return change;
            }
        }
    }

    /// <summary>The lines of one source (<c>stdout</c>, <c>stderr</c>, <c>startup_stdout</c>, <c>system</c>), each <c>2026-01-31T10:11:12.123Z text</c>.</summary>
    public IAsyncEnumerable<string> LogAsync(string kind, string name, string source, bool follow, CancellationToken cancellationToken) =>
        LinesAsync($"{Path(kind, name)}/log?source={source}&follow={(follow ? "true" : "false")}&timestamps=true", cancellationToken);

    /// <summary>State of the server itself: <c>Running</c>, <c>CleaningResources</c>, <c>CleanupComplete</c>, <c>Stopping</c>.</summary>
    public async Task<string?> GetExecutionAsync(CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync("/admin/execution", cancellationToken).ConfigureAwait(false);
        await ThrowIfRefusedAsync(response, "read the state of DCP", cancellationToken).ConfigureAwait(false);
        return (string?)(await ReadAsync<JsonObject>(response, cancellationToken).ConfigureAwait(false))["status"];
    }

    public async Task SetExecutionAsync(JsonObject patch, CancellationToken cancellationToken)
    {
        using var content = Patch(patch);
        using var response = await http.PatchAsync("/admin/execution", content, cancellationToken).ConfigureAwait(false);
        await ThrowIfRefusedAsync(response, "change the state of DCP", cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => http.Dispose();

    private async IAsyncEnumerable<string> LinesAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            yield break;
        }

        await ThrowIfRefusedAsync(response, $"read {path}", cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            yield return line;
        }
    }

    /// <summary>The type must stand alone: DCP refuses it with a charset.</summary>
    private static StringContent Patch(JsonObject patch) => new(patch.ToJsonString(), new MediaTypeHeaderValue("application/merge-patch+json"));

    private static string Path(string kind) => $"/apis/{Dcp.GroupVersion}/{Dcp.Plural(kind)}";

    private static string Path(string kind, string name) => $"{Path(kind)}/{Uri.EscapeDataString(name)}";

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken) =>
        await response.Content.ReadFromJsonAsync<T>(Dcp.Json, cancellationToken).ConfigureAwait(false)
        ?? throw new DcpException(response.StatusCode, "DCP answered without a body.");

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage response, string act, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        throw new DcpException(response.StatusCode, $"DCP could not {act}: {MessageOf(body) ?? body}");
    }

    private static string? MessageOf(string body)
    {
        try
        {
            return (string?)JsonNode.Parse(body)?["message"];
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>One line of a watch; <see cref="Type"/> is <c>ADDED</c>, <c>MODIFIED</c> or <c>DELETED</c>.</summary>
internal sealed record DcpChange<TSpec, TStatus>(string Type, DcpObject<TSpec, TStatus> Object)
    where TSpec : class
    where TStatus : class;

/// <summary>DCP refused a request.</summary>
internal sealed class DcpException(HttpStatusCode status, string message) : Exception(message)
{
    public HttpStatusCode Status { get; } = status;
}
