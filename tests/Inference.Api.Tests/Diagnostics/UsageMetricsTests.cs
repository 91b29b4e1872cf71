using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Diagnostics;

public sealed class UsageMetricsTests
{
    /// <summary>As a text model: it "generates" the ids it was given.</summary>
    private static OnnxModel Echo(OnnxType type) => new OnnxModel().Input("input_ids", type, -1, -1).Output("ids", type, -1, -1).Node("Identity", ["input_ids"], ["ids"]);

    [Theory]
    [InlineData("INT64", OnnxType.I64)]
    [InlineData("INT32", OnnxType.I32)]
    public async Task Tokens_are_the_elements_that_are_not_padding_and_cost_what_the_config_says(string dataType, OnnxType type)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("text", Echo(type), """
            {"parameters":{"token_input":{"string_value":"input_ids"},"token_output":{"string_value":"ids"},"padding_token_id":{"string_value":"1"},
             "input_token_price":{"string_value":"0.5"},"output_token_price":{"string_value":"2"},"token_price_currency":{"string_value":"EUR"}}}
            """));
        using var metrics = new RecordedMetrics(server.Services.GetRequiredService<IMeterFactory>());

        // Two texts of 5 and 3 tokens, the second padded with the id 1 to the length of the first: 8 tokens in, 8 out.
        await server.PostAsync("/v2/models/text/infer", $$"""{"inputs":[{"name":"input_ids","shape":[2,5],"datatype":"{{dataType}}","data":[0,31414,232,328,2, 0,713,2,1,1]}]}""");
        // One token in, one out.
        await server.PostAsync("/v2/models/text/infer", $$"""{"inputs":[{"name":"input_ids","shape":[1,1],"datatype":"{{dataType}}","data":[7]}]}""");

        Assert.Equal((9, 9), (metrics.Sum("gen_ai.client.token.usage", ("gen_ai.token.type", "input")), metrics.Sum("gen_ai.client.token.usage", ("gen_ai.token.type", "output"))));
        Assert.Equal([8, 8, 1, 1], metrics.Of("gen_ai.client.token.usage").Select(each => each.Value));
        Assert.Equal(9 * 0.5 / 1000, metrics.Sum("ml.inference.token.cost", ("gen_ai.token.type", "input"), ("currency", "EUR")), 12);
        Assert.Equal(9 * 2.0 / 1000, metrics.Sum("ml.inference.token.cost", ("gen_ai.token.type", "output"), ("currency", "EUR")), 12);
        Assert.All(metrics.Of("gen_ai.client.token.usage"), each => Assert.Equal(("text", "1", "inference", "mlaspire"),
            (each.Tags["gen_ai.request.model"], each.Tags["ml.model.version"], each.Tags["gen_ai.operation.name"], each.Tags["gen_ai.provider.name"])));
    }

    [Fact]
    public async Task Without_a_padding_every_element_is_a_token_and_without_prices_nothing_has_a_cost()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("text", Echo(OnnxType.I64), """{"parameters":{"token_input":{"string_value":"input_ids"}}}"""));
        using var metrics = new RecordedMetrics(server.Services.GetRequiredService<IMeterFactory>());

        await server.PostAsync("/v2/models/text/infer", """{"inputs":[{"name":"input_ids","shape":[1,3],"datatype":"INT64","data":[0,1,2]}]}""");

        Assert.Equal(3, Assert.Single(metrics.Of("gen_ai.client.token.usage")).Value);
        Assert.Empty(metrics.Of("ml.inference.token.cost"));
    }

    [Fact]
    public async Task A_tabular_model_has_the_size_and_the_features_of_its_inputs_and_no_tokens()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line, """{"max_batch_size":8}"""));
        using var metrics = new RecordedMetrics(server.Services.GetRequiredService<IMeterFactory>());

        await server.PostAsync("/v2/models/line/infer", """{"inputs":[{"name":"x","shape":[3,2],"datatype":"FP32","data":[1,2,3,4,5,6]}]}""");

        // 3 rows of 2 numbers of 4 bytes.
        Assert.Equal((24, 2), (Assert.Single(metrics.Of("ml.inference.input.size")).Value, Assert.Single(metrics.Of("ml.inference.input.features")).Value));
        Assert.Empty(metrics.Of("gen_ai.client.token.usage"));
    }

    [Theory]
    [InlineData("token_input", "x", "parameters.token_input: the model has no INT32 or INT64 tensor 'x' there")]
    [InlineData("token_output", "x", "parameters.token_output: the model has no INT32 or INT64 tensor 'x' there")]
    [InlineData("padding_token_id", "none", "parameters.padding_token_id must be an integer")]
    [InlineData("input_token_price", "-1", "parameters.input_token_price must be a price")]
    [InlineData("output_token_price", "NaN", "parameters.output_token_price must be a price")]
    public async Task A_parameter_that_cannot_be_is_refused_by_its_name(string parameter, string value, string says)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line, $$$"""{"parameters":{"{{{parameter}}}":{"string_value":"{{{value}}}"} } }"""));

        var (status, body) = await server.GetAsync("/v2/models/line/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(says, (string?)body!["error"], StringComparison.Ordinal);
    }
}
