using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Witness;

/// <summary>The logs that this witness knows, and its own key. A log's key is read when it is first asked about: the file may come after the witness started.</summary>
internal sealed class WitnessedLogs : IDisposable
{
    private readonly WitnessOptions options;
    private readonly CheckpointKey? key;
    private readonly Lock gate = new(); // guards the logs
    private readonly Dictionary<string, (WitnessedLog Log, IReadOnlyList<CheckpointKey> Keys)> logs = [];

    public WitnessedLogs(IOptions<WitnessOptions> options)
    {
        this.options = options.Value;
        if (this.options.Directory.Length > 0)
        {
            Directory.CreateDirectory(this.options.Directory);
            key = CheckpointKey.ReadOrMake(Path.Combine(this.options.Directory, "witness.key"));
        }
    }

    /// <summary>Who checks a witness's signature needs it: the public key in PEM.</summary>
    /// <exception cref="ServiceError">NotFound: nothing is witnessed here.</exception>
    public string PublicPem => OwnKey.PublicPem;

    private CheckpointKey OwnKey => key ?? throw new ServiceError(ErrorCode.NotFound, "This monitoring witnesses no log: Witness:Directory is not set.");

    /// <exception cref="ServiceError">NotFound: the log is not known. Unavailable: its key is not there yet, or is none.</exception>
    public WitnessedLog Find(string origin)
    {
        var own = OwnKey;
        var known = options.Logs.FirstOrDefault(log => log.Origin == origin) ?? throw new ServiceError(ErrorCode.NotFound, "The log is not one that is witnessed here (Witness:Logs).", "origin");
        lock (gate)
        {
            if (!logs.TryGetValue(origin, out var log))
            {
                var theirs = KeysOf(known);
                log = logs[origin] = (new(Path.Combine(options.Directory, FileOf(origin)), theirs, own, options.Name), theirs);
            }

            return log.Log;
        }
    }

    public void Dispose()
    {
        key?.Dispose();
        foreach (var (_, theirs) in logs.Values)
        {
            theirs.ToList().ForEach(each => each.Dispose());
        }
    }

    private static IReadOnlyList<CheckpointKey> KeysOf(WitnessedLogOptions log)
    {
        try
        {
            return CheckpointKey.AllFromPem(log.Key.Length > 0 ? log.Key : File.ReadAllText(log.KeyFile));
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ServiceError(ErrorCode.Unavailable, $"The key of {log.Origin} is not there, or is none (Witness:Logs).", e);
        }
    }

    // A log's name may hold a slash.
    private static string FileOf(string origin) => $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)))[..16]}.checkpoint";
}
