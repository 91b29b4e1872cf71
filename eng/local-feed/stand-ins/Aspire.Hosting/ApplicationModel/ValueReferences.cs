namespace Aspire.Hosting.ApplicationModel;

/// <summary>Walks what values are made of. Safe for cycles.</summary>
internal static class ValueReferences
{
    /// <summary>The resources that the values mention; what a resource is made of itself is not followed.</summary>
    public static IEnumerable<IResource> Resources(IEnumerable<object> values)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var pending = new Stack<object>(values.Reverse());
        while (pending.TryPop(out var next))
        {
            var value = next is IResourceBuilder<IResource> builder ? builder.Resource : next;
            if (!seen.Add(value))
            {
                continue;
            }

            if (value is IResource resource)
            {
                yield return resource;
            }
            else if (value is IValueWithReferences references)
            {
                foreach (var reference in references.References.Reverse())
                {
                    pending.Push(reference);
                }
            }
        }
    }

    /// <summary>True when a secret parameter is part of the value, also through connection strings.</summary>
    public static bool IsSensitive(object value)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        return HoldsSecret(value);

        bool HoldsSecret(object part) => seen.Add(part) && part switch
        {
            ParameterResource parameter => parameter.Secret,
            IValueWithReferences references => references.References.Any(HoldsSecret),
            _ => false,
        };
    }
}
