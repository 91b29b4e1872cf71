using System.Diagnostics;
using OpenTelemetry;

namespace MlAspire.ServiceDefaults.Subjects;

/// <summary>Puts the pseudonyms on every span of a request, so that a session's inferences are found by it.</summary>
internal sealed class SubjectSpanProcessor : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        if (Subject.Current is { } subject)
        {
            foreach (var (name, pseudonym) in subject)
            {
                data.SetTag(name, pseudonym);
            }
        }
    }
}
