using System.Diagnostics.CodeAnalysis;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>What a program may ask of the types of objects that it is handed.</summary>
internal static class Reflection
{
    private const string Switch = "MlAspire.Reflection";

    /// <summary>True unless the program was compiled natively: then methods and properties that no code names are not there to be found.</summary>
    [FeatureSwitchDefinition(Switch)]
    [FeatureGuard(typeof(RequiresUnreferencedCodeAttribute))]
    public static bool FindsAll => !AppContext.TryGetSwitch(Switch, out var finds) || finds;
}
