using MlAspire.Gateway.Pipeline.Definition;

namespace MlAspire.Gateway.Tests.Pipeline;

public sealed class PipelineFileTests
{
    [Fact]
    public void A_file_becomes_the_definition_it_says()
    {
        var definition = FlightPipeline.FlightDelay;

        Assert.Equal("flight-delay", definition.Model);
        Assert.Equal("flight_delay", definition.FeatureService);
        Assert.Equal(["origin", "destination"], definition.Entities);
        Assert.Equal([new("distance_miles", PipelineInputType.Number, 0, 10000), new PipelineInput("departure", PipelineInputType.Time)], definition.Inputs);
        Assert.Equal("departure", definition.EventTime);
        Assert.Equal(("features", "probability"), (definition.ModelInput, definition.ModelOutput));
        Assert.Equal(
            [
                ("minute_of_day", PipelineColumnKind.MinuteOfDay, "departure", 0, null), ("day_of_week", PipelineColumnKind.DayOfWeek, "departure", 0, null),
                ("distance_miles", PipelineColumnKind.Input, "distance_miles", 0, null), ("origin", PipelineColumnKind.Index, "origin", 3, null),
                ("destination", PipelineColumnKind.Index, "destination", 3, null),
                ("origin_mean_delay_1h", PipelineColumnKind.Feature, "origin_mean_delay_1h", 0, null),
                ("route_backlog_1d", PipelineColumnKind.Feature, "route_backlog_1d", 0, (double?)-1.5),
            ],
            definition.Columns.Select(column => (column.Name, column.Kind, column.Source, column.Vocabulary.Count, column.Default)));
        Assert.Equal(["ATL", "BNA", "LAX"], definition.Columns[3].Vocabulary);
        Assert.Equal(("probability", 0.5), (definition.Output.Name, definition.Output.Threshold));
        Assert.Equal(["on_time", "late"], definition.Output.Labels);
    }

    [Fact]
    public void What_is_written_is_read_back_and_written_as_the_same_bytes()
    {
        var bytes = PipelineFile.Write(FlightPipeline.FlightDelay);

        var again = PipelineFile.Parse(bytes, "again.json");

        Assert.Equivalent(FlightPipeline.FlightDelay, again, strict: true);
        Assert.Equal(bytes, PipelineFile.Write(again));
    }

    [Fact]
    public void The_subject_is_one_of_the_entities()
    {
        var definition = FlightPipeline.Parse(FlightPipeline.Json.Replace("\"inputs\"", "\"subject\": \"origin\", \"inputs\"", StringComparison.Ordinal));

        Assert.Equal("origin", PipelineFile.Parse(PipelineFile.Write(definition), "again.json").Subject);
        var wrong = Assert.Throws<PipelineFileException>(() => FlightPipeline.Parse(FlightPipeline.Json.Replace("\"inputs\"", "\"subject\": \"carrier\", \"inputs\"", StringComparison.Ordinal)));
        Assert.Contains("subject: 'carrier' is not an entity", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_of_the_feature_service_is_written_and_read_back_and_is_one()
    {
        PipelineDefinition Parse(string version) => FlightPipeline.Parse(FlightPipeline.Json.Replace("\"inputs\"", $"\"featureServiceVersion\": {version}, \"inputs\"", StringComparison.Ordinal));

        Assert.Equal(2, PipelineFile.Parse(PipelineFile.Write(Parse("2")), "again.json").FeatureServiceVersion);
        Assert.All(["0", "1.5", "1e10"], version => Assert.Contains("featureServiceVersion: must be a whole number from 1", Assert.Throws<PipelineFileException>(() => Parse(version)).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void What_the_feature_service_takes_with_the_request_is_written_and_read_back_and_is_a_number_input()
    {
        PipelineDefinition Parse(string names, string json) => FlightPipeline.Parse(json.Replace("\"inputs\"", $"\"featureRequest\": {names}, \"inputs\"", StringComparison.Ordinal));

        Assert.Equal(["distance_miles"], PipelineFile.Parse(PipelineFile.Write(Parse("""["distance_miles"]""", FlightPipeline.Json)), "again.json").FeatureRequest);
        var wrong = Assert.Throws<PipelineFileException>(() => Parse("""["departure", "speed", "distance_miles", "distance_miles", 5]""", FlightPipeline.Json)).Message;
        Assert.All(
            ["featureRequest[0]: 'departure' is not a number input", "featureRequest[1]: 'speed' is not a number input", "featureRequest[3]: 'distance_miles' is there twice", "featureRequest[4]: must be a text that is not empty"],
            problem => Assert.Contains(problem, wrong, StringComparison.Ordinal));
        Assert.Contains("featureRequest: is for a featureService, and there is none", Assert.Throws<PipelineFileException>(() => Parse("""["distance_miles"]""", FlightPipeline.RequestOnlyJson)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fallback_is_written_and_read_back()
    {
        var again = PipelineFile.Parse(PipelineFile.Write(FlightPipeline.Parse(FlightPipeline.WithFallbackJson)), "again.json");

        Assert.Equal(new PipelineFallback("request-only", 0.5), again.Fallback);
    }

    [Theory]
    [InlineData("""{ "model": "flight-delay", "maxStaleShare": 0.5 }""", "fallback.model")]
    [InlineData("""{ "model": "", "maxStaleShare": 0.5 }""", "fallback.model")]
    [InlineData("""{ "model": "request-only" }""", "fallback.maxStaleShare")]
    [InlineData("""{ "model": "request-only", "maxStaleShare": 1 }""", "fallback.maxStaleShare")]
    [InlineData("""{ "model": "request-only", "maxStaleShare": -0.1 }""", "fallback.maxStaleShare")]
    [InlineData("""{ "model": "request-only", "maxStaleShare": 0.5, "more": 1 }""", "fallback.more")]
    public void A_wrong_fallback_is_named(string fallback, string path)
    {
        var json = FlightPipeline.WithFallbackJson.Replace("""{ "model": "request-only", "maxStaleShare": 0.5 }""", fallback, StringComparison.Ordinal);

        Assert.Equal([path], Assert.Throws<PipelineFileException>(() => FlightPipeline.Parse(json)).Problems.Select(problem => problem.Path));
    }

    [Fact]
    public void All_problems_are_reported_together_with_their_path()
    {
        const string Broken = """
            {
              "modle": "flight-delay",
              "featureService": null,
              "entities": ["origin", "origin", 7],
              "inputs": [
                { "name": "distance", "type": "number", "min": 5, "max": 1 }, { "name": "departure", "type": "date" },
                { "name": "arrival", "type": "time", "min": 0 }, "x" ],
              "eventTime": "distance",
              "modelInput": "",
              "modelOutput": "probability",
              "columns": [
                { "name": "a", "minuteOfDay": "distance" }, { "name": "a", "input": "arrival" }, { "name": "c" },
                { "name": "d", "input": "distance", "feature": "f" }, { "name": "e", "index": "nobody", "vocabulary": [] },
                { "name": "f", "index": "origin", "vocabulary": ["ATL", "ATL"] }, { "name": "g", "feature": "f", "default": "x" },
                { "name": "h", "input": "distance", "vocabulary": ["A"], "default": 1 } ],
              "output": { "name": "p", "threshold": 1.5, "labels": ["only"] }
            }
            """;

        var e = Assert.Throws<PipelineFileException>(() => FlightPipeline.Parse(Broken));

        Assert.Equal(
            [
                "modle", "entities[2]", "inputs[0].min", "inputs[1].type", "inputs[2]", "inputs[3]", "inputs[3].name", "inputs[3].type", "model", "modelInput",
                "columns[2]", "columns[3]", "columns[4].vocabulary", "columns[5].vocabulary[1]", "columns[6].default", "columns[7].vocabulary", "columns[7].default",
                "output.threshold", "output.labels", "entities[1]", "columns[1].name", "eventTime", "columns[0].minuteOfDay", "columns[1].input", "columns[4].index",
                "columns[6].feature",
            ],
            e.Problems.Select(problem => problem.Path));
        Assert.StartsWith("test.json is not a usable pipeline: modle: is not known here", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "not JSON (line 1")]
    [InlineData("{\n  \"model\": }", "not JSON (line 2")]
    [InlineData("[]", "must be an object")]
    [InlineData("{ \"model\": \"a\", \"model\": \"b\" }", "not JSON (line")]
    public void What_is_no_object_or_no_JSON_is_refused(string json, string expected)
    {
        var e = Assert.Throws<PipelineFileException>(() => FlightPipeline.Parse(json));

        Assert.Contains(e.Problems, problem => problem.Path.Length == 0 && problem.Message.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_pipeline_without_rows_or_columns_is_refused()
    {
        var e = Assert.Throws<PipelineFileException>(() => FlightPipeline.Parse("""
            { "model": "m", "entities": [], "inputs": [], "modelInput": "i", "modelOutput": "o", "columns": [], "output": { "name": "p", "threshold": 1, "labels": ["a", "b"] } }
            """));

        Assert.Equal(["inputs: needs at least one entity or input; a request would have no rows", "columns: needs at least one column"], e.Problems.Select(problem => problem.ToString()));
    }

    [Theory]
    [InlineData(0.49999, "on_time")]
    [InlineData(0.5, "late")]
    [InlineData(1, "late")]
    public void The_threshold_itself_is_the_second_label(double probability, string label) =>
        Assert.Equal(label, FlightPipeline.FlightDelay.Output.LabelOf(probability));
}
