namespace OpenTelemetry.Instrumentation.Runtime;

/// <summary>Has no settings, as in the genuine package.</summary>
public class RuntimeInstrumentationOptions
{
}
