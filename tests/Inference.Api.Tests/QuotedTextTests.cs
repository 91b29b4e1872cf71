using System.Net;
using Grpc.Core;
using MlAspire.Inference.Api.Protos;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests;

/// <summary>A name that a caller made up comes back short, however long it is.</summary>
public sealed class QuotedTextTests
{
    private static readonly string Long = new('a', 20_000);

    [Fact]
    public async Task A_parameter_of_an_inference_is_named_in_short_over_both_wires()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));

        var (status, body) = await server.PostAsync("/v2/models/line/infer", $$$"""{"parameters":{"triton_{{{Long}}}":1},"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""");
        var overGrpc = await Assert.ThrowsAsync<RpcException>(async () => await server.Grpc.ModelInferAsync(new ModelInferRequest
        {
            ModelName = "line",
            Parameters = { [$"triton_{Long}"] = new InferParameter { Int64Param = 1 } },
            Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 2 }, Contents = new InferTensorContents { Fp32Contents = { 1, 2 } } } },
        }));

        var name = $"triton_{new string('a', 57)}...";
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Json.Equal($$"""{"error":"parameters.{{name}}: parameter '{{name}}' is reserved and not supported","code":"invalid_argument","field":"parameters.{{name}}"}""", body);
        Assert.Equal((StatusCode.InvalidArgument, $"parameters.{name}: parameter '{name}' is reserved and not supported"), (overGrpc.StatusCode, overGrpc.Status.Detail));
    }

    [Fact]
    public async Task A_load_is_refused_in_short_whatever_of_it_is_long()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line), builder => builder.UseSetting("ModelRepository:ControlMode", "Explicit"));

        foreach (var request in (string[])[$$$"""{"parameters":{"{{{Long}}}":[1,}}""", $$$"""{"parameters":{"config":"{\"{{{Long}}}\":1}"}}""", $$$"""{"parameters":{"config":"{\"default_model_filename\":\"{{{Long}}}\"}"}}"""])
        {
            var (status, body) = await server.PostAsync("/v2/repository/models/line/load", request);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.InRange(body!.ToJsonString().Length, 1, 1500);
        }

        Assert.InRange((await server.PostAsync("/v2/repository/index", "")).Body!.ToJsonString().Length, 1, 1500);
    }
}
