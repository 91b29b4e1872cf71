using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using MlAspire.Inference.Api.Protos;

namespace MlAspire.V2Conformance;

/// <summary>V2 over gRPC: tensors as typed contents, or raw.</summary>
internal sealed class GrpcTransport(GRPCInferenceService.GRPCInferenceServiceClient client, bool raw)
{
    public async Task<V2Answer> InferAsync(V2Request request)
    {
        try
        {
            return ToAnswer(await client.ModelInferAsync(ToMessage(request)));
        }
        catch (RpcException error)
        {
            return V2Answer.Failed(FailureOf(error.StatusCode), error.Status.ToString());
        }
    }

    public static V2Failure FailureOf(StatusCode status) => status switch
    {
        StatusCode.InvalidArgument => V2Failure.InvalidArgument,
        StatusCode.NotFound => V2Failure.NotFound,
        _ => V2Failure.Other,
    };

    public ModelInferRequest ToMessage(V2Request request)
    {
        var message = new ModelInferRequest { ModelName = request.Model, ModelVersion = request.Version ?? "", Id = request.Id ?? "" };
        foreach (var (name, value) in request.Parameters)
        {
            message.Parameters[name] = Parameter(value);
        }

        foreach (var name in request.Outputs)
        {
            var output = new ModelInferRequest.Types.InferRequestedOutputTensor { Name = name };
            if (request.Classification > 0)
            {
                output.Parameters["classification"] = new InferParameter { Int64Param = request.Classification };
            }

            message.Outputs.Add(output);
        }

        foreach (var tensor in request.Inputs)
        {
            var input = new ModelInferRequest.Types.InferInputTensor { Name = tensor.Name, Datatype = tensor.Datatype, Shape = { tensor.Shape } };
            message.Inputs.Add(input);
            if (raw)
            {
                message.RawInputContents.Add(ByteString.CopyFrom(ElementBytes.Of(tensor.Datatype, tensor.Values)));
            }
            else
            {
                input.Contents = Contents(tensor);
            }
        }

        return message;
    }

    private static InferParameter Parameter(object value) => value switch
    {
        bool boolean => new InferParameter { BoolParam = boolean },
        long integer => new InferParameter { Int64Param = integer },
        double number => new InferParameter { DoubleParam = number },
        _ => new InferParameter { StringParam = (string)value },
    };

    private static InferTensorContents Contents(V2Tensor tensor)
    {
        var contents = new InferTensorContents();
        foreach (var value in tensor.Values)
        {
            switch (tensor.Datatype)
            {
                case "BOOL": contents.BoolContents.Add((bool)value); break;
                case "INT8" or "INT16" or "INT32": contents.IntContents.Add(Convert.ToInt32(value, CultureInfo.InvariantCulture)); break;
                case "INT64": contents.Int64Contents.Add((long)value); break;
                case "UINT8" or "UINT16" or "UINT32": contents.UintContents.Add(Convert.ToUInt32(value, CultureInfo.InvariantCulture)); break;
                case "UINT64": contents.Uint64Contents.Add((ulong)value); break;
                case "FP64": contents.Fp64Contents.Add((double)value); break;
                case "BYTES": contents.BytesContents.Add(ByteString.CopyFromUtf8((string)value)); break;
                default: contents.Fp32Contents.Add((float)(double)value); break;
            }
        }

        return contents;
    }

    private static V2Answer ToAnswer(ModelInferResponse message) => new(message.ModelName, message.ModelVersion, message.Id.Length == 0 ? null : message.Id, null, "",
        [.. message.Outputs.Select((output, i) => new V2Output(output.Name, output.Datatype, string.Join(',', output.Shape), Convert.ToHexString(Bytes(message, output, i))))]);

    /// <summary>A server may answer raw or with contents, whatever the request used.</summary>
    private static byte[] Bytes(ModelInferResponse message, ModelInferResponse.Types.InferOutputTensor output, int index) =>
        message.RawOutputContents.Count > 0 ? message.RawOutputContents[index].ToByteArray() : ElementBytes.Of(output.Datatype, Elements(output));

    private static IEnumerable<object> Elements(ModelInferResponse.Types.InferOutputTensor output)
    {
        var contents = output.Contents ?? new InferTensorContents();
        return output.Datatype switch
        {
            "BOOL" => contents.BoolContents.Cast<object>(),
            "INT8" or "INT16" or "INT32" => contents.IntContents.Cast<object>(),
            "INT64" => contents.Int64Contents.Cast<object>(),
            "UINT8" or "UINT16" or "UINT32" => contents.UintContents.Cast<object>(),
            "UINT64" => contents.Uint64Contents.Cast<object>(),
            "FP64" => contents.Fp64Contents.Cast<object>(),
            "BYTES" => contents.BytesContents.Select(bytes => (object)bytes.ToStringUtf8()),
            _ => contents.Fp32Contents.Cast<object>(),
        };
    }
}
