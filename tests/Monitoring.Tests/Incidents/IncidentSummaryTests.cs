using System.Text.Json;
using MlAspire.Monitoring.Incidents;
using MlAspire.ServiceDefaults.Health;

namespace MlAspire.Monitoring.Tests.Incidents;

public sealed class IncidentSummaryTests
{
    private static readonly DateTimeOffset From = new(2001, 3, 1, 13, 0, 0, TimeSpan.Zero);

    private readonly IncidentFacts facts = new(new(From, From.AddHours(1)), From.AddHours(1));

    [Fact]
    public void Of_a_quiet_hour_each_of_the_ten_questions_has_an_answer()
    {
        var answers = Answers();

        Assert.Equal(["none", "none", "none", "none", "0 of 0 rows failed", "none", "none", "no", "not asked", "none"], answers.Select(answer => Assert.Single(answer)));
    }

    [Fact]
    public void What_is_not_healthy_yet_is_not_over()
    {
        facts.Health = new Dictionary<string, HealthBody> { ["gateway"] = new("Unhealthy", new Dictionary<string, HealthCheckBody>()), ["inference"] = new("Healthy", new Dictionary<string, HealthCheckBody>()) };
        facts.Warnings = [Line("""{"timestamp":"2001-03-01T13:10:00Z","level":"WARNING","service":"monitoring","event":"service_not_healthy","watched_service":"gateway","health":"Unhealthy","reason":"audit: disk full"}""")];

        var answers = Answers();

        Assert.Equal(["began at 2001-03-01T13:10:00.000Z: gateway service_not_healthy", "not over: gateway not healthy at 2001-03-01T14:00:00.000Z"], answers[0]);
        Assert.Equal(["gateway from 2001-03-01T13:10:00.000Z to the end, Unhealthy: audit: disk full"], answers[1]);
        Assert.Equal(["check audit of gateway"], answers[6]);
    }

    [Fact]
    public void A_long_answer_ends_with_how_much_more_there_is()
    {
        facts.Missing.AddRange(Enumerable.Range(1, 21).Select(file => $"file {file}"));

        var answer = Answers()[9];

        Assert.Equal((21, "file 20", "and 1 more"), (answer.Length, answer[19], answer[20]));
    }

    [Fact]
    public void What_a_service_says_of_itself_adds_no_lines()
    {
        facts.Warnings = [Line("""{"timestamp":"2001-03-01T13:10:00Z","level":"WARNING","event":"service_not_healthy","watched_service":"gateway","health":"Unhealthy","reason":"audit: x\n## 11. And?"}""")];

        Assert.Equal(10, Answers().Count);
    }

    private List<string[]> Answers() =>
        [.. IncidentSummary.Of(facts).Split("\n## ")[1..].Select(answer => answer.Split('\n').Where(line => line.StartsWith("- ", StringComparison.Ordinal)).Select(line => line[2..]).ToArray())];

    private static JsonElement Line(string json) => JsonElement.Parse(json);
}
