using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace MlAspire.Inference.Api.Tests.Rest;

/// <summary>A request with the binary tensor extension, and its answer taken apart.</summary>
internal static class BinaryRequest
{
    public const string Header = "Inference-Header-Content-Length";

    public static byte[] Floats(params float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    /// <param name="header">The header's value; null = the length of <paramref name="json"/>.</param>
    public static async Task<(int Status, JsonNode? Json, byte[] Binary)> SendAsync(HttpClient client, string model, string json, byte[] binary, string? header = null)
    {
        var text = Encoding.UTF8.GetBytes(json);
        using var content = new ByteArrayContent([.. text, .. binary]);
        content.Headers.Add(Header, header ?? text.Length.ToString(CultureInfo.InvariantCulture));
        using var response = await client.PostAsync($"/v2/models/{model}/infer", content);
        var body = await response.Content.ReadAsByteArrayAsync();
        var length = response.Headers.TryGetValues(Header, out var values) ? int.Parse(values.Single(), CultureInfo.InvariantCulture) : body.Length;
        return ((int)response.StatusCode, JsonNode.Parse(body.AsSpan(0, length)), body[length..]);
    }
}
