using System.Collections.Immutable;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The newest snapshot of one resource instance. Thread-safe; updates of one instance happen one after the other.</summary>
internal sealed class ResourceHistory(IResource resource, string resourceId)
{
    private readonly Lock gate = new(); // guards last
    private ResourceEvent? last;

    public IResource Resource => resource;

    public ResourceEvent? Last
    {
        get
        {
            lock (gate)
            {
                return last;
            }
        }
    }

    public void Update(Func<CustomResourceSnapshot, CustomResourceSnapshot> change, IServiceProvider services, Action<ResourceEvent> announce)
    {
        lock (gate)
        {
            var next = WithAnnotations(change(last?.Snapshot ?? Initial()), services);
            if (last is not null && last.Snapshot.ContentEquals(next))
            {
                return;
            }

            last = new ResourceEvent(resource, resourceId, next with { Version = (last?.Snapshot.Version ?? 0) + 1 });
            announce(last);
        }
    }

    private CustomResourceSnapshot Initial() =>
        resource.Annotations.OfType<ResourceSnapshotAnnotation>().LastOrDefault()?.InitialSnapshot
        ?? new CustomResourceSnapshot
        {
            ResourceType = ResourceKind.Of(resource),
            Properties = [],
            Relationships = ResourceKind.Relationships(resource),
        };

    /// <summary>What annotations say at any time: commands and whether they can be used now, the icon, whether it is hidden.</summary>
    private CustomResourceSnapshot WithAnnotations(CustomResourceSnapshot snapshot, IServiceProvider services)
    {
        if (snapshot.State?.Text != KnownResourceStates.Waiting)
        {
            snapshot = snapshot with { Properties = snapshot.Properties.Without(KnownProperties.WaitingFor) };
        }

        if (resource.Annotations.OfType<ResourceIconAnnotation>().LastOrDefault() is { } icon)
        {
            snapshot = snapshot with { IconName = snapshot.IconName ?? icon.IconName, IconVariant = snapshot.IconVariant ?? icon.IconVariant };
        }

        return snapshot with { Commands = CommandsOf(snapshot, services) };
    }

    private ImmutableArray<ResourceCommandSnapshot> CommandsOf(CustomResourceSnapshot snapshot, IServiceProvider services)
    {
        var commands = snapshot.Commands;
        foreach (var annotation in resource.Annotations.OfType<ResourceCommandAnnotation>().ToArray())
        {
            var state = annotation.UpdateState(new UpdateCommandStateContext { ResourceSnapshot = snapshot, Services = services });
            var existing = commands.FirstOrDefault(command => command.Name == annotation.Name);
            if (existing is null)
            {
                commands = commands.Add(ResourceCommandSnapshot.From(annotation, state));
            }
            else if (existing.State != state)
            {
                commands = commands.Replace(existing, existing with { State = state });
            }
        }

        return commands;
    }
}
