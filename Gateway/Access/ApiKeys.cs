using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;
using MlAspire.ServiceDefaults.Files;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Access;

/// <summary>Whose key a text is. Keys are kept as hashes only; immutable after the start.</summary>
internal sealed partial class ApiKeys
{
    public const int LongestCharacters = 256;
    public const string AdminName = "admin";

    private const string DevelopmentFile = "admin.key";

    private readonly (byte[] Hash, Caller Caller)[] keys;

    public ApiKeys(IOptions<AccessOptions> options, IOptions<AuditOptions> audit, IHostEnvironment environment, ILogger<ApiKeys> log)
    {
        _ = ScopeNames.TryParse(options.Value.Anonymous, out var anonymous);
        Anonymous = new(Caller.AnonymousName, anonymous);
        var configured = options.Value.Keys.Select(key => (HashOf(key.Value), CallerOf(key.Key, key.Value)));
        var file = options.Value.AdminKeyFile is { Length: > 0 } named ? named : environment.IsDevelopment() ? Path.Combine(audit.Value.Directory, DevelopmentFile) : null;
        keys = file is null ? [.. configured] : [.. configured, (HashOf(ReadOrMake(file)), new(AdminName, Scope.Predict | Scope.AuditRead | Scope.Admin))];
        LogKeys(log, keys.Length, options.Value.Anonymous.Length == 0 ? "nothing" : options.Value.Anonymous, file ?? "none");
    }

    /// <summary>A caller without a key.</summary>
    public Caller Anonymous { get; }

    /// <summary>Every caller there is; the bound of what is kept by caller.</summary>
    public IEnumerable<Caller> Callers => keys.Select(key => key.Caller).Append(Anonymous);

    /// <summary>The holder of <paramref name="key"/>; null when it is nobody's.</summary>
    /// <remarks>Takes the same time for every key of the same length: all hashes are compared, each in constant time.</remarks>
    public Caller? Find(string key)
    {
        if (key.Length is 0 or > LongestCharacters)
        {
            return null;
        }

        var hash = HashOf(key);
        Caller? found = null;
        foreach (var (known, caller) in keys)
        {
            found = CryptographicOperations.FixedTimeEquals(known, hash) ? caller : found;
        }

        return found;
    }

    private static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private static byte[] HashOf(ApiKeyOptions key) => key.Secret.Length > 0 ? HashOf(key.Secret) : Convert.FromHexString(key.Sha256);

    private static Caller CallerOf(string name, ApiKeyOptions key)
    {
        _ = ScopeNames.TryParse(key.Scopes, out var scopes);
        return new(name, scopes);
    }

    private static string ReadOrMake(string file) =>
        SecretFile.ReadOrMake(file, () => $"{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))}\n").Trim() is { Length: >= 32 and <= LongestCharacters } key
            ? key
            : throw new InvalidOperationException($"{file} must hold a key of 32 to {LongestCharacters} characters.");

    [LoggerMessage(EventName = TelemetryNames.Events.AccessConfigured, Level = LogLevel.Warning, Message = "{Keys} API keys are known; a caller without a key may: {Anonymous}; admin key file: {AdminKeyFile}")]
    private static partial void LogKeys(ILogger log, int keys, string anonymous, string adminKeyFile);
}
