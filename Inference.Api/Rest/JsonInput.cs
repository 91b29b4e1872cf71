using System.Text.Json;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary>One element of <c>inputs</c>, as <c>{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}</c>; its names may come in any order.</summary>
/// <param name="json">The whole JSON text, which the reader is at.</param>
internal ref struct JsonInput(TensorCheck check, ReadOnlyMemory<byte> json, TensorField place)
{
    private readonly string field = place.Name;
    private string? name;
    private long[]? shape;
    private DataType? type;
    private long? binaryBytes;
    private ReadOnlyMemory<byte>? data;
    private Range? dataText;

    /// <summary>Where the text has the data, once it has been read; null when it is no floating-point data.</summary>
    public readonly Range? FloatingPointText => type is DataType.Fp16 or DataType.Bf16 or DataType.Fp32 or DataType.Fp64 ? dataText : null;

    /// <summary>Reads the object; the reader is on its start and ends on its end.</summary>
    /// <param name="binary">The bytes after the JSON that no earlier input has taken; shortened by what this one takes.</param>
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: a part is missing or wrong, or the data does not fit the shape; names the field.</exception>
    public Tensor Read(ref Utf8JsonReader reader, ref ReadOnlyMemory<byte> binary)
    {
        JsonFields.Require(ref reader, JsonTokenType.StartObject, field);
        var seen = default(PropertyNames);
        while (JsonFields.TryNextProperty(ref reader, field, ref seen, out var property))
        {
            switch (property)
            {
                case "name": name = JsonFields.String(ref reader, field, "name"); break;
                case "shape": shape = JsonFields.Integers(ref reader, field, "shape", check.Limits.MaxRank); break;
                case "datatype": type = JsonFields.DataType(ref reader, field); break;
                case "parameters": ReadParameters(ref reader, place.Parameters); break;
                case "data": ReadData(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        return ToTensor(ref binary);
    }

    private Tensor ToTensor(ref ReadOnlyMemory<byte> binary)
    {
        var tensorName = name ?? throw TensorCheck.Invalid("is missing", $"{field}.name");
        var dataType = type ?? throw TensorCheck.Invalid("is missing", $"{field}.datatype");
        var dimensions = shape ?? throw TensorCheck.Invalid("is missing", $"{field}.shape");
        if (binaryBytes is { } bytes)
        {
            return dataText is null
                ? check.FromBytes(tensorName, dataType, dimensions, Take(ref binary, bytes), field)
                : throw TensorCheck.Invalid("has both data and binary_data_size", field);
        }

        if (data is null && dataText is { } text)
        {
            var reader = new Utf8JsonReader(json.Span[text]);
            reader.Read();
            data = Elements(ref reader, dataType, dimensions, text.End.Value - text.Start.Value);
        }

        return new Tensor(tensorName, dataType, dimensions, data ?? throw TensorCheck.Invalid("is missing", $"{field}.data"));
    }

    /// <summary>Reads the data at once when shape and datatype came first, as they do from every known client; else remembers where it is.</summary>
    private void ReadData(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        if (shape is not null && type is { } dataType)
        {
            data = Elements(ref reader, dataType, shape, json.Length - start);
        }
        else
        {
            reader.Skip();
        }

        dataText = start..(int)reader.BytesConsumed;
    }

    private ReadOnlyMemory<byte> Elements(ref Utf8JsonReader reader, DataType dataType, long[] dimensions, long textBytes)
    {
        var count = check.CountElements(dimensions, field);
        TensorCheck.RequireArray(dataType, count, field);

        // An element and its comma take at least two characters, so a short text cannot make us allocate for a large shape.
        return (2 * count) - 1 <= textBytes ? JsonTensorReader.Read(ref reader, dataType, count, $"{field}.data")
            : throw TensorCheck.Invalid($"fewer elements than shape {Shape.Text(dimensions)} calls for", $"{field}.data");
    }

    private void ReadParameters(ref Utf8JsonReader reader, string parameters)
    {
        JsonFields.Require(ref reader, JsonTokenType.StartObject, parameters);
        var seen = default(PropertyNames);
        while (JsonFields.TryNextProperty(ref reader, parameters, ref seen, out var parameter))
        {
            TensorCheck.RefuseSharedMemory(parameter, parameters);
            if (parameter == "binary_data_size")
            {
                binaryBytes = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var bytes) && bytes >= 0 ? bytes
                    : throw TensorCheck.Invalid("must be an integer of at least 0", $"{parameters}.binary_data_size");
            }
            else
            {
                JsonFields.Parameter(ref reader, parameters, parameter);
            }
        }
    }

    private ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> binary, long bytes)
    {
        if (bytes > binary.Length)
        {
            throw TensorCheck.Invalid($"{bytes} bytes announced, {binary.Length} are left in the body", $"{place.Parameters}.binary_data_size");
        }

        var taken = binary[..(int)bytes];
        binary = binary[(int)bytes..];
        return taken;
    }
}
