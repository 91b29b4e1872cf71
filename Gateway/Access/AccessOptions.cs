using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Access;

namespace MlAspire.Gateway.Access;

/// <summary>Section <c>Access</c>: who may do what.</summary>
public sealed class AccessOptions
{
    /// <summary>Scopes of a caller without a key: <c>predict</c>, <c>audit.read</c>, <c>rollout</c>, <c>admin</c>, separated by commas; default <c>predict</c>, empty = every caller needs a key.</summary>
    public string Anonymous { get; set; } = "predict";

    /// <summary>Keys by the name of their holder; at most 1,000.</summary>
    public Dictionary<string, ScopedKeyOptions> Keys { get; set; } = [];

    /// <summary>
    /// File with a key that has every scope; made, readable by the owner only, when it is not there. Empty (the default) = no such key;
    /// in Development the default is <c>admin.key</c> in the audit folder.
    /// </summary>
    public string AdminKeyFile { get; set; } = "";
}

/// <summary>One key: <c>Access__Keys__replay__Sha256=9f86...</c>, <c>Access__Keys__replay__Scopes=predict</c>.</summary>
public sealed class ScopedKeyOptions : ApiKeyOptions
{
    /// <summary>Its scopes, separated by commas; at least one.</summary>
    public string Scopes { get; set; } = "";

    /// <summary>Requests a second on average, 0.001 to 1,000,000; null (the default) = what <c>Limits</c> says.</summary>
    public double? RequestsPerSecond { get; set; }
}

/// <summary>Names every wrong entry.</summary>
internal sealed class AccessOptionsValidator : IValidateOptions<AccessOptions>
{
    private const int MostKeys = 1_000;

    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        var problems = options.Keys.SelectMany(key => ProblemsOf(key.Key, key.Value)).ToList();
        if (!ScopeNames.TryParse(options.Anonymous, out _))
        {
            problems.Add($"Access:Anonymous: known scopes are {ScopeNames.Known}.");
        }

        if (options.Keys.Count > MostKeys)
        {
            problems.Add($"Access:Keys: at most {MostKeys} keys.");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> ProblemsOf(string name, ScopedKeyOptions key)
    {
        var path = $"Access:Keys:{name}";
        if (name is Caller.AnonymousName or ApiKeys.AdminName || name.Length is 0 or > 64)
        {
            yield return $"{path}: a name has 1 to 64 characters and is neither '{Caller.AnonymousName}' nor '{ApiKeys.AdminName}', which is the key file's.";
        }

        foreach (var problem in key.Problems(path))
        {
            yield return problem;
        }

        if (!ScopeNames.TryParse(key.Scopes, out var scopes) || scopes == Scope.None)
        {
            yield return $"{path}:Scopes: needs one or more of {ScopeNames.Known}.";
        }

        if (key.RequestsPerSecond is not (null or >= 0.001 and <= 1_000_000))
        {
            yield return $"{path}:RequestsPerSecond: must be from 0.001 to 1,000,000.";
        }
    }
}
