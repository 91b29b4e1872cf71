using System.Globalization;

namespace MlAspire.Inference.Api.Models.Repository;

/// <summary>One line of the repository index. Empty text = not applicable.</summary>
internal sealed record ModelIndexEntry(string Name, string Version, string State, string Reason)
{
    /// <summary>A line for each version; a model without any has one line of its own.</summary>
    public static IEnumerable<ModelIndexEntry> Of(ModelEntry entry) => entry.Versions.IsEmpty
        ? [new ModelIndexEntry(entry.Name, "", Text(entry.State), entry.Reason ?? "")]
        : entry.Versions.Select(version => new ModelIndexEntry(entry.Name, version.Version.ToString(CultureInfo.InvariantCulture), Text(version.State), version.Reason ?? entry.Reason ?? ""));

    public bool IsReady => State == Text(ModelState.Ready);

    private static string Text(ModelState state) => state.ToString().ToUpperInvariant();
}
