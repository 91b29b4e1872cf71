using System.Text.RegularExpressions;

namespace MlAspire.Architecture.Tests;

/// <summary>Services hold no logging or telemetry code but what says something of their own work.</summary>
public sealed partial class TelemetryTests
{
    // Command lines, whose output is for who runs them, and the log's own complaint when it cannot write.
    private static readonly string[] PrintingFiles = ["FeatureStore/FeaturesCommand.cs", "Gateway/Program.cs", "Pipelines/PipelinesApp.cs", "ServiceDefaults/Logging/LineQueue.cs", "ServiceDefaults/Logging/StandardStream.cs"];

    private static IEnumerable<string> OfServices => Repository.ProductSources.Where(file => Repository.Services.Contains(file.Split('/')[0]));

    [Fact]
    public void Nothing_is_printed_instead_of_logged()
    {
        Assert.DoesNotContain(Repository.ProductSources.Except(PrintingFiles), file => Printing().IsMatch(Repository.Text(file)));
        Assert.All(PrintingFiles, file => Assert.Matches(Printing(), Repository.Text(file)));
    }

    [Fact]
    public void Only_ServiceDefaults_configures_logs_and_telemetry()
    {
        Assert.DoesNotContain(OfServices, file => Configuring().IsMatch(Repository.Text(file)));
    }

    [Fact]
    public void Names_of_tags_facts_and_events_stand_in_TelemetryNames_alone()
    {
        Assert.DoesNotContain(OfServices, file => Naming().IsMatch(Repository.Text(file)));
    }

    [Fact]
    public void Every_error_says_what_it_is_about()
    {
        var errors = Repository.ProductSources.SelectMany(file => MessageOf().Matches(Repository.Text(file))).Where(message => message.Groups["arguments"].Value.Contains("LogLevel.Error", StringComparison.Ordinal) || message.Groups["arguments"].Value.Contains("LogLevel.Critical", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(errors);
        Assert.All(errors, message => Assert.Contains('{', message.Groups["arguments"].Value));
    }

    [GeneratedRegex(@"\bConsole\.(Write|Out\b|Error\b|OpenStandard)|\b(Trace|Debug)\.Write")]
    private static partial Regex Printing();

    [GeneratedRegex(@"\.Logging\.|ClearProviders|AddConsole|AddOpenTelemetry|AddOtlpExporter|ILoggerProvider|LoggerFactory\.Create")]
    private static partial Regex Configuring();

    [GeneratedRegex("""SetTag\("|[fF]acts\??\.Add\("|Current\?\.Add\("|BeginScope\(|StartActivity\("|new Step\(\"|Create(Counter|Histogram|UpDownCounter|ObservableGauge|ObservableCounter|ObservableUpDownCounter)<\w+>\(\s*\"|\("ml\.""")]
    private static partial Regex Naming();

    [GeneratedRegex("""\[LoggerMessage\((?<arguments>.*?)\)\]\s*private [^(]*\((?<parameters>.*?)\);""", RegexOptions.Singleline)]
    private static partial Regex MessageOf();
}
