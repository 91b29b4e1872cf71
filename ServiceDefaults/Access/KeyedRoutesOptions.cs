using Microsoft.Extensions.Options;

namespace MlAspire.ServiceDefaults.Access;

/// <summary>Section <c>Access</c>: who may call the routes that need a key.</summary>
public sealed class KeyedRoutesOptions
{
    public const string Section = "Access";

    /// <summary>Keys by the name of their holder, at most 1,000: <c>Access__Keys__replay__Sha256=9f86...</c>. Default: none, and then anyone may.</summary>
    public Dictionary<string, ApiKeyOptions> Keys { get; init; } = [];
}

/// <summary>Names every wrong entry.</summary>
internal sealed class KeyedRoutesOptionsValidator : IValidateOptions<KeyedRoutesOptions>
{
    private const int MostKeys = 1_000;

    public ValidateOptionsResult Validate(string? name, KeyedRoutesOptions options)
    {
        var problems = options.Keys.SelectMany(key => key.Value.Problems($"Access:Keys:{key.Key}")).ToList();
        if (options.Keys.Count > MostKeys)
        {
            problems.Add($"Access:Keys: at most {MostKeys} keys.");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
