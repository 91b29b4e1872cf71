using Google.Protobuf;
using Google.Protobuf.Collections;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Between the messages of gRPC and the requests and responses of the core.</summary>
internal static class GrpcMessages
{
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: names the field.</exception>
    public static InferRequest ToRequest(ModelInferRequest message, TensorCheck check)
    {
        RequireRoom(message.Inputs.Count, "inputs", check);
        RequireRoom(message.Outputs.Count, "outputs", check);
        return new InferRequest
        {
            ModelName = message.ModelName,
            ModelVersion = message.ModelVersion,
            Id = RequestCheck.Id(message.Id),
            Parameters = new InferParameters(Parameters(message.Parameters, "parameters")),
            Inputs = Inputs(message, check),
            Outputs = [.. message.Outputs.Select((output, i) => OutputParameters.Read(output.Name, Parameters(output.Parameters, $"outputs[{i}].parameters"), $"outputs[{i}]"))],
        };
    }

    /// <summary>Always raw, as Triton answers. The message points into <paramref name="response"/>'s memory.</summary>
    public static ModelInferResponse ToMessage(InferResponse response)
    {
        var message = new ModelInferResponse { ModelName = response.ModelName, ModelVersion = response.ModelVersion, Id = response.Id ?? "" };
        foreach (var tensor in response.Outputs)
        {
            message.Outputs.Add(new ModelInferResponse.Types.InferOutputTensor { Name = tensor.Name, Datatype = tensor.DataType.Name(), Shape = { tensor.Shape } });
            message.RawOutputContents.Add(UnsafeByteOperations.UnsafeWrap(tensor.Data));
        }

        return message;
    }

    private static List<Tensor> Inputs(ModelInferRequest message, TensorCheck check)
    {
        var raw = message.RawInputContents;
        if (raw.Count > 0 && raw.Count != message.Inputs.Count)
        {
            throw TensorCheck.Invalid($"{raw.Count} entries for {message.Inputs.Count} inputs", "raw_input_contents");
        }

        var tensors = new List<Tensor>(message.Inputs.Count);
        for (var i = 0; i < message.Inputs.Count; i++)
        {
            tensors.Add(Input(message.Inputs[i], raw.Count > 0 ? raw[i] : null, $"inputs[{i}]", check));
        }

        return tensors;
    }

    private static Tensor Input(ModelInferRequest.Types.InferInputTensor input, ByteString? raw, string field, TensorCheck check)
    {
        if (Parameters(input.Parameters, $"{field}.parameters").Keys.FirstOrDefault(name => name.StartsWith("shared_memory", StringComparison.Ordinal)) is { } shared)
        {
            throw TensorCheck.Invalid("shared memory is not supported", $"{field}.parameters.{TensorCheck.Short(shared)}");
        }

        var type = TensorCheck.ParseType(input.Datatype, field);
        long[] shape = [.. input.Shape];
        if (raw is null)
        {
            return new Tensor(input.Name, type, shape, GrpcContents.Read(input.Contents, type, check.CountElements(shape, field), field));
        }

        return input.Contents is null ? check.FromBytes(input.Name, type, shape, raw.Memory, field)
            : throw TensorCheck.Invalid("must be empty when raw_input_contents is used", $"{field}.contents");
    }

    private static Dictionary<string, object> Parameters(MapField<string, InferParameter> parameters, string field)
    {
        var values = new Dictionary<string, object>(parameters.Count, StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
        {
            values[name] = value.ParameterChoiceCase switch
            {
                InferParameter.ParameterChoiceOneofCase.BoolParam => value.BoolParam,
                InferParameter.ParameterChoiceOneofCase.Int64Param => value.Int64Param,
                InferParameter.ParameterChoiceOneofCase.StringParam => value.StringParam,
                InferParameter.ParameterChoiceOneofCase.DoubleParam => value.DoubleParam,
                InferParameter.ParameterChoiceOneofCase.Uint64Param => value.Uint64Param <= long.MaxValue ? (long)value.Uint64Param : (double)value.Uint64Param,
                _ => throw TensorCheck.Invalid("has no value", $"{field}.{TensorCheck.Short(name)}"),
            };
        }

        return values;
    }

    private static void RequireRoom(int count, string field, TensorCheck check)
    {
        if (count > check.Limits.MaxTensors)
        {
            throw TensorCheck.Invalid($"more than {check.Limits.MaxTensors} tensors", field);
        }
    }
}
