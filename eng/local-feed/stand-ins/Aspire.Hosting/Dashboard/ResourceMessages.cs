using System.Collections;
using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Messages;
using Google.Protobuf.WellKnownTypes;
using Checks = Microsoft.Extensions.Diagnostics.HealthChecks;
using Resource = Aspire.Hosting.Dashboard.Messages.Resource;

namespace Aspire.Hosting.Dashboard;

/// <summary>Snapshots as the dashboard's messages.</summary>
internal static class ResourceMessages
{
    /// <param name="since">When the resource entered the application; stands in for its creation before it has been started.</param>
    public static Resource Of(ResourceEvent resourceEvent, DateTime since)
    {
        var snapshot = resourceEvent.Snapshot;
        var resource = new Resource
        {
            Name = resourceEvent.ResourceId,
            ResourceType = snapshot.ResourceType,
            DisplayName = resourceEvent.Resource.Name,
            Uid = resourceEvent.ResourceId,
            CreatedAt = Time(snapshot.CreationTimeStamp ?? since),
            IsHidden = snapshot.IsHidden || IsHidden(resourceEvent),
        };
        if (snapshot.State is { } state)
        {
            resource.State = state.Text;
            SetIf(state.Style, value => resource.StateStyle = value);
        }

        SetIf(snapshot.IconName, value => resource.IconName = value);
        if (snapshot.IconVariant is { } variant)
        {
            resource.IconVariant = Variant(variant);
        }

        if (snapshot.StartTimeStamp is { } started)
        {
            resource.StartedAt = Time(started);
        }

        if (snapshot.StopTimeStamp is { } stopped)
        {
            resource.StoppedAt = Time(stopped);
        }

        AddLists(resource, snapshot);
        return resource;
    }

    private static void AddLists(Resource resource, CustomResourceSnapshot snapshot)
    {
        resource.Environment.AddRange(snapshot.EnvironmentVariables.Select(variable => new EnvironmentVariable { Name = variable.Name, Value = variable.Value ?? "", IsFromSpec = variable.IsFromSpec }));
        resource.Commands.AddRange(snapshot.Commands.Where(command => command.Visibility.HasFlag(ResourceCommandVisibility.UI)).Select(Command));
        resource.Properties.AddRange(snapshot.Properties.Select(Property));
        if (snapshot.ExitCode is { } exitCode)
        {
            resource.Properties.Add(Property(new ResourcePropertySnapshot(KnownProperties.ExitCode, exitCode)));
        }

        resource.Urls.AddRange(snapshot.Urls.Select(UrlOf));
        resource.Volumes.AddRange(snapshot.Volumes.Select(volume => new Volume { Source = volume.Source ?? "", Target = volume.Target, MountType = volume.MountType, IsReadOnly = volume.IsReadOnly }));
        resource.HealthReports.AddRange(snapshot.HealthReports.Select(Report));
        resource.Relationships.AddRange(snapshot.Relationships.Distinct().Select(relation => new ResourceRelationship { ResourceName = relation.ResourceName, Type = relation.Type }));
    }

    private static bool IsHidden(ResourceEvent resourceEvent) =>
        resourceEvent.Resource.Annotations.OfType<HiddenAnnotation>().LastOrDefault() is { } hidden
        && (hidden.Behavior == HiddenBehavior.Always
            || KnownResourceStates.TerminalStates.Contains(resourceEvent.Snapshot.State?.Text) && resourceEvent.Snapshot.ExitCode is { } exitCode && hidden.SuccessfulExitCodes.Contains(exitCode));

    private static ResourceCommand Command(ResourceCommandSnapshot command)
    {
        var message = new ResourceCommand { Name = command.Name, DisplayName = command.DisplayName, IsHighlighted = command.IsHighlighted, State = (Messages.ResourceCommandState)command.State };
        SetIf(command.DisplayDescription, value => message.DisplayDescription = value);
        SetIf(command.ConfirmationMessage, value => message.ConfirmationMessage = value);
        SetIf(command.IconName, value => message.IconName = value);
        if (command.IconVariant is { } variant)
        {
            message.IconVariant = Variant(variant);
        }

        return message;
    }

    private static ResourceProperty Property(ResourcePropertySnapshot property)
    {
        var message = new ResourceProperty { Name = property.Name, Value = ValueOf(property.Value), IsSensitive = property.IsSensitive, IsHighlighted = property.IsHighlighted };
        SetIf(property.DisplayName, value => message.DisplayName = value);
        if (property.SortOrder is { } order)
        {
            message.SortOrder = order;
        }

        return message;
    }

    private static Value ValueOf(object? value) => value switch
    {
        null => Value.ForNull(),
        string text => Value.ForString(text),
        bool flag => Value.ForBool(flag),
        int or long or double => Value.ForNumber(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        DateTime time => Value.ForString(time.ToString("O", CultureInfo.InvariantCulture)),
        IEnumerable list => Value.ForList([.. list.Cast<object?>().Select(ValueOf)]),
        _ => Value.ForString(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""),
    };

    private static Url UrlOf(UrlSnapshot url)
    {
        var message = new Url
        {
            FullUrl = url.Url,
            IsInternal = url.IsInternal,
            IsInactive = url.IsInactive,
            DisplayProperties = new UrlDisplay { DisplayName = url.DisplayProperties.DisplayName, SortOrder = url.DisplayProperties.SortOrder },
        };
        SetIf(url.Name, value => message.EndpointName = value);
        return message;
    }

    private static HealthReport Report(HealthReportSnapshot report)
    {
        var message = new HealthReport { Key = report.Name, Description = report.Description ?? "", Exception = report.ExceptionText ?? "" };
        if (report.Status is { } status)
        {
            message.Status = status switch
            {
                Checks.HealthStatus.Healthy => HealthReportStatus.Healthy,
                Checks.HealthStatus.Degraded => HealthReportStatus.Degraded,
                _ => HealthReportStatus.Unhealthy,
            };
        }

        if (report.LastRunAt is { } ranAt)
        {
            message.LastRunAt = Time(ranAt);
        }

        return message;
    }

    private static Messages.IconVariant Variant(ApplicationModel.IconVariant variant) =>
        variant == ApplicationModel.IconVariant.Filled ? Messages.IconVariant.Filled : Messages.IconVariant.Regular;

    private static Timestamp Time(DateTime time) => Timestamp.FromDateTime(DateTime.SpecifyKind(time, DateTimeKind.Utc));

    private static void SetIf(string? value, Action<string> set)
    {
        if (!string.IsNullOrEmpty(value))
        {
            set(value);
        }
    }
}
