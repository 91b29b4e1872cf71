using MlAspire.FeatureStore.Transforms;

namespace MlAspire.FeatureStore.Registry;

/// <summary>The features one model asks for together; the order of the columns is part of the contract.</summary>
internal sealed record FeatureService(string Name, int Version, IReadOnlyList<ServiceView> Views)
{
    /// <summary>Names of all features in answer order: <c>{prefix}_{name}</c> of the views, then those of the transforms.</summary>
    public IEnumerable<string> FeatureNames => [.. Views.SelectMany(view => view.Features, (view, feature) => $"{view.Prefix}_{feature.Name}"), .. Transforms.Select(transform => transform.Name)];

    /// <summary>What comes with each row of a request, for the transforms, by names that no entity column and no feature has; the types are among <see cref="RequestInputs.Types"/>.</summary>
    public IReadOnlyList<Field> Request { get; init; } = [];

    /// <summary>What is computed from the views' features and the request, each also from those before it.</summary>
    public IReadOnlyList<Transform> Transforms { get; init; } = [];

    /// <summary>What each feature of the views is, in answer order, while the store cannot be read; null = then there is no answer.</summary>
    public IReadOnlyList<object>? Defaults { get; init; }

    public Metadata Metadata { get; init; } = Metadata.None;
}

/// <summary>Some features of one view, looked up by one entity of the request.</summary>
/// <param name="EntityColumns">Request column that holds each join key of the view's entity, in the entity's order.</param>
internal sealed record ServiceView(FeatureView View, IReadOnlyList<string> EntityColumns, IReadOnlyList<Feature> Features, string Prefix);
