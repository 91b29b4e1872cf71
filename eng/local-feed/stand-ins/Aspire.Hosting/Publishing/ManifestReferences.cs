using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Publishing;

/// <summary>What the written resources refer to: resources outside the model, encoded parameters, conditional values.</summary>
internal sealed class ManifestReferences
{
    private readonly HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> listed = new(StringComparer.OrdinalIgnoreCase);
    private readonly OrderedDictionary<string, IResource> referenced = new(StringComparer.OrdinalIgnoreCase);
    private readonly OrderedDictionary<ParameterResource, OrderedDictionary<string, string>> formats = [];
    private readonly OrderedDictionary<string, ReferenceExpression> conditionals = [];

    public IEnumerable<KeyValuePair<string, ReferenceExpression>> Conditionals => conditionals;

    public void Begin(DistributedApplicationModel model)
    {
        listed.UnionWith(model.Resources.Select(resource => resource.Name));
        names.UnionWith(listed);
    }

    public void Add(object? value) => Add(value, new HashSet<object>(ReferenceEqualityComparer.Instance));

    /// <summary>Resources that are referred to but are not in the model, such as generated passwords; grows while it is read.</summary>
    public IEnumerable<IResource> Unlisted()
    {
        for (var i = 0; i < referenced.Count; i++)
        {
            if (!listed.Contains(referenced.GetAt(i).Key))
            {
                yield return referenced.GetAt(i).Value;
            }
        }
    }

    public IReadOnlyList<ParameterResource> ParametersWithFormats() => [.. formats.Keys];

    public IEnumerable<KeyValuePair<string, string>> TakeFormats(ParameterResource parameter)
        => formats.Remove(parameter, out var ofParameter) ? ofParameter : [];

    /// <summary>Name of the entry that holds the encoded value; null when the value is written as it is.</summary>
    public string? FormattedName(IValueProvider provider, string? format)
    {
        var parameter = provider is ReferenceExpression { Format: "{0}", ValueProviders: [var only] } ? only as ParameterResource : provider as ParameterResource;
        if (parameter is null || string.IsNullOrEmpty(format))
        {
            return null;
        }

        if (!formats.TryGetValue(parameter, out var ofParameter))
        {
            formats[parameter] = ofParameter = new(StringComparer.Ordinal);
        }

        if (!ofParameter.TryGetValue(format, out var name))
        {
            ofParameter[format] = name = FreeName($"{parameter.Name}-{format.ToLowerInvariant()}-encoded");
        }

        return name;
    }

    private string FreeName(string wanted)
    {
        var name = wanted;
        for (var suffix = 1; !names.Add(name); suffix++)
        {
            name = $"{wanted}-{suffix}";
        }

        return name;
    }

    private void Add(object? value, HashSet<object> seen)
    {
        if (value is null || !seen.Add(value))
        {
            return;
        }

        switch (value)
        {
            case IResource resource:
                referenced.TryAdd(resource.Name, resource);
                names.Add(resource.Name);
                break;
            case ReferenceExpression expression:
                AddParts(expression);
                AddAll(((IValueWithReferences)expression).References, seen);
                break;
            case IValueWithReferences references:
                AddAll(references.References, seen);
                break;
        }
    }

    private void AddAll(IEnumerable<object> values, HashSet<object> seen)
    {
        foreach (var value in values)
        {
            Add(value, seen);
        }
    }

    private void AddParts(ReferenceExpression expression)
    {
        if (expression.Name is { } name)
        {
            conditionals.TryAdd(name, expression);
            names.Add(name);
        }

        for (var i = 0; i < expression.StringFormats.Count; i++)
        {
            FormattedName(expression.ValueProviders[i], expression.StringFormats[i]);
        }
    }
}
