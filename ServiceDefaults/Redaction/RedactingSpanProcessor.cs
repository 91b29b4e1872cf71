using System.Diagnostics;
using OpenTelemetry;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>Checks the name, status and tags of every span when it ends, before an exporter gets it. Events of exceptions are checked when they are made: see RecordFailure.</summary>
internal sealed class RedactingSpanProcessor : BaseProcessor<Activity>
{
    private static readonly KnownNames<string> Names = new(Redactor.Text);

    public override void OnEnd(Activity data)
    {
        try
        {
            data.DisplayName = Names[data.DisplayName];
            if (data.StatusDescription is { } why)
            {
                data.SetStatus(data.Status, Redactor.Text(why));
            }

            // A tag set again keeps its place: the enumeration goes on behind it.
            foreach (ref readonly var tag in data.EnumerateTagObjects())
            {
                var clean = Redactor.Value(tag.Key, tag.Value);
                if (!ReferenceEquals(clean, tag.Value))
                {
                    data.SetTag(tag.Key, clean);
                }
            }
        }
        catch (Exception) // fails closed: a span that cannot be checked is not sent
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            data.IsAllDataRequested = false;
        }
    }
}
