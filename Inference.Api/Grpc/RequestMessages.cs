using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Reads the messages of callers; what one may hold is found out before it is parsed, as two bytes of an empty tensor become objects of some hundred.</summary>
/// <remarks>The elements of tensors are not counted here: their memory is theirs on the wire, or up to 16 times that of small integers.</remarks>
internal sealed class RequestMessages(LimitsOptions limits)
{
    private const int MaxOtherBytes = 1 << 20; // of a message that is neither an inference nor a load: a few names
    private const int MaxFiles = 1 << 16; // of a load, each a parameter

    // What is unknown in them would be kept, each field as an object.
    private static readonly MessageParser<ModelInferRequest> InferenceParser = ModelInferRequest.Parser.WithDiscardUnknownFields(true);
    private static readonly MessageParser<RepositoryModelLoadRequest> LoadParser = RepositoryModelLoadRequest.Parser.WithDiscardUnknownFields(true);

    private readonly RepeatedField[] inference =
    [
        Parameters(ModelInferRequest.ParametersFieldNumber, TensorCheck.MaxNames),
        new(ModelInferRequest.InputsFieldNumber, "inputs", "tensors", limits.MaxTensors)
        {
            Inner =
            [
                new(ModelInferRequest.Types.InferInputTensor.ShapeFieldNumber, "shape", "dimensions", limits.MaxRank) { MaxBytes = limits.MaxRank * WireReader.MaxVarintBytes },
                Parameters(ModelInferRequest.Types.InferInputTensor.ParametersFieldNumber, TensorCheck.MaxNames),
            ],
        },
        new(ModelInferRequest.OutputsFieldNumber, "outputs", "tensors", limits.MaxTensors)
        {
            Inner = [Parameters(ModelInferRequest.Types.InferRequestedOutputTensor.ParametersFieldNumber, TensorCheck.MaxNames)],
        },
        new(ModelInferRequest.RawInputContentsFieldNumber, "raw_input_contents", "tensors", limits.MaxTensors),
    ];

    private readonly RepeatedField[] load = [Parameters(RepositoryModelLoadRequest.ParametersFieldNumber, MaxFiles)];

    /// <param name="context">The bytes.</param>
    /// <param name="marshaller">The generated one.</param>
    /// <exception cref="ServiceError">InvalidArgument: a field is there too often. PayloadTooLarge.</exception>
    /// <exception cref="InvalidDataException">The bytes are no message.</exception>
    /// <exception cref="InvalidProtocolBufferException">They are no such one.</exception>
    public TMessage Read<TMessage>(DeserializationContext context, Marshaller<TMessage> marshaller)
    {
        var bytes = context.PayloadAsReadOnlySequence();
        if (typeof(TMessage) == typeof(ModelInferRequest))
        {
            Count(bytes, inference);
            return (TMessage)(object)InferenceParser.ParseFrom(bytes);
        }

        if (typeof(TMessage) == typeof(RepositoryModelLoadRequest))
        {
            Count(bytes, load);
            return (TMessage)(object)LoadParser.ParseFrom(bytes);
        }

        return bytes.Length <= MaxOtherBytes ? marshaller.ContextualDeserializer(context)
            : throw new ServiceError(ErrorCode.PayloadTooLarge, $"the message is larger than {MaxOtherBytes} bytes");
    }

    private static RepeatedField Parameters(int number, int max) => new(number, "parameters", "parameters", max);

    private static void Count(ReadOnlySequence<byte> message, ReadOnlySpan<RepeatedField> fields, string? within = null, int index = 0)
    {
        Span<int> counts = stackalloc int[fields.Length];
        var reader = new WireReader(message);
        while (reader.TryNext(out var number, out var content))
        {
            for (var i = 0; i < fields.Length; i++)
            {
                if (fields[i].Number == number)
                {
                    fields[i].Check(counts[i], content, within, index);
                    counts[i]++;
                }
            }
        }
    }

    /// <param name="Number">In its message.</param>
    /// <param name="Name">As an error names it.</param>
    /// <param name="What">What there are too many of.</param>
    /// <param name="Max">How often it may be there.</param>
    private sealed record RepeatedField(int Number, string Name, string What, int Max)
    {
        public RepeatedField[] Inner { get; init; } = [];

        /// <summary>Of one that has all its values in a row.</summary>
        public int MaxBytes { get; init; } = int.MaxValue;

        /// <summary>Checks one more of it.</summary>
        /// <param name="before">How many there were.</param>
        /// <param name="content">Its bytes.</param>
        /// <param name="within">The repeated field whose entry <paramref name="index"/> has it; null = the message itself.</param>
        /// <param name="index">See <paramref name="within"/>.</param>
        public void Check(int before, ReadOnlySequence<byte> content, string? within, int index)
        {
            if (before == Max || content.Length > MaxBytes)
            {
                throw TensorCheck.Invalid($"more than {Max} {What}", within is null ? Name : $"{within}[{index}].{Name}");
            }

            if (Inner.Length > 0)
            {
                Count(content, Inner, Name, before);
            }
        }
    }
}
