namespace MlAspire.Gateway.Access;

/// <summary>What a caller may do; a closed set.</summary>
[Flags]
internal enum Scope
{
    None = 0,

    /// <summary>Ask models, through our routes or V2, and list them.</summary>
    Predict = 1,

    /// <summary>Read audit records, proofs and checkpoints.</summary>
    AuditRead = 2,

    /// <summary>End a canary, keep it from answering for a while, and let it answer again.</summary>
    Rollout = 4,

    /// <summary>Set routes, load and unload models; and what <see cref="Rollout"/> may.</summary>
    Admin = 8 | Rollout,

    /// <summary>Have what another service did recorded in the audit log.</summary>
    AuditWrite = 16,
}

/// <summary>Scopes as configuration and errors spell them.</summary>
internal static class ScopeNames
{
    private static readonly (string Name, Scope Scope)[] All = [("predict", Scope.Predict), ("audit.read", Scope.AuditRead), ("audit.write", Scope.AuditWrite), ("rollout", Scope.Rollout), ("admin", Scope.Admin)];

    public static string Known => string.Join(", ", All.Select(entry => entry.Name));

    public static string NameOf(Scope scope) => All.First(entry => entry.Scope == scope).Name;

    /// <summary>Reads <c>predict, audit.read</c>; an empty text is no scope.</summary>
    /// <returns>False when a name is not known.</returns>
    public static bool TryParse(string text, out Scope scopes)
    {
        scopes = Scope.None;
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var scope = All.FirstOrDefault(entry => entry.Name == name).Scope;
            if (scope == Scope.None)
            {
                return false;
            }

            scopes |= scope;
        }

        return true;
    }
}
