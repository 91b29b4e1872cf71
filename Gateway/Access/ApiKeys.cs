using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Files;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Access;

/// <summary>Whose key a text is. Keys are kept as hashes only; immutable after the start.</summary>
internal sealed partial class ApiKeys
{
    public const string AdminName = "admin";

    private const string DevelopmentFile = "admin.key";

    private readonly KeyRing<Caller> keys;

    public ApiKeys(IOptions<AccessOptions> options, IOptions<AuditOptions> audit, IHostEnvironment environment, ILogger<ApiKeys> log)
    {
        _ = ScopeNames.TryParse(options.Value.Anonymous, out var anonymous);
        Anonymous = new(Caller.AnonymousName, anonymous);
        var configured = options.Value.Keys.Select(key => (ApiKey.HashOf(key.Value), CallerOf(key.Key, key.Value)));
        var file = options.Value.AdminKeyFile is { Length: > 0 } named ? named : environment.IsDevelopment() ? Path.Combine(audit.Value.Directory, DevelopmentFile) : null;
        keys = new([.. configured, .. file is null ? Array.Empty<(byte[], Caller)>() : [(ApiKey.HashOf(ReadOrMake(file)), new(AdminName, Scope.Predict | Scope.AuditRead | Scope.AuditWrite | Scope.Admin))]]);
        LogKeys(log, keys.Count, options.Value.Anonymous.Length == 0 ? "nothing" : options.Value.Anonymous, file ?? "none");
    }

    /// <summary>A caller without a key.</summary>
    public Caller Anonymous { get; }

    /// <summary>Every caller there is; the bound of what is kept by caller.</summary>
    public IEnumerable<Caller> Callers => keys.Holders.Append(Anonymous);

    /// <summary>The holder of <paramref name="key"/>; null when it is nobody's.</summary>
    public Caller? Find(string key) => keys.Find(key);

    private static Caller CallerOf(string name, ScopedKeyOptions key)
    {
        _ = ScopeNames.TryParse(key.Scopes, out var scopes);
        return new(name, scopes);
    }

    private static string ReadOrMake(string file) =>
        SecretFile.ReadOrMake(file, () => $"{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))}\n").Trim() is { Length: >= 32 and <= ApiKey.LongestCharacters } key
            ? key
            : throw new InvalidOperationException($"{file} must hold a key of 32 to {ApiKey.LongestCharacters} characters.");

    [LoggerMessage(EventName = TelemetryNames.Events.AccessConfigured, Level = LogLevel.Warning, Message = "{Keys} API keys are known; a caller without a key may: {Anonymous}; admin key file: {AdminKeyFile}")]
    private static partial void LogKeys(ILogger log, int keys, string anonymous, string adminKeyFile);
}
