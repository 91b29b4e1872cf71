using System.Runtime.InteropServices;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Models.Files;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Models.Loading;

/// <summary>Makes the tensors of a warm-up request.</summary>
internal static class WarmupData
{
    private const long MaxBytes = 1 << 30;
    private const int StringBytes = 5; // a string of one letter

    /// <exception cref="InvalidDataException">It does not say one kind of data, has a dimension that is not fixed, or its file does not hold a row.</exception>
    public static Tensor Make(string name, WarmupInput input, ModelWarmup warmup, ModelDirectory directory, bool batched)
    {
        var type = ModelSignature.ParseType($"model_warmup '{warmup.Name}' input", name, input.DataType);
        long[] shape = batched ? [warmup.BatchSize, .. input.Dims] : input.Dims;
        if (!Shape.TryElementCount(shape, out var count) || count > MaxBytes / (type == DataType.Bytes ? StringBytes : type.ElementBytes()))
        {
            throw Invalid(warmup, name, $"dims must be fixed, with at most {MaxBytes} bytes in all");
        }

        var data = input switch
        {
            { ZeroData: true, RandomData: null or false, InputDataFile: null or "" } => Zeros(type, (int)count),
            { RandomData: true, ZeroData: null or false, InputDataFile: null or "" } => Random(type, (int)count),
            { InputDataFile: { Length: > 0 } file, ZeroData: null or false, RandomData: null or false } => FromFile(directory.ReadWarmup(file), type, count, batched ? warmup.BatchSize : 1),
            _ => throw Invalid(warmup, name, "exactly one of zero_data, random_data, input_data_file must be set"),
        };
        return data is not null ? new Tensor(name, type, shape, data) : throw Invalid(warmup, name, $"the file does not hold one row of {Shape.Text(input.Dims)} {type.Name()}");
    }

    private static byte[] Zeros(DataType type, int count) => new byte[(long)count * (type == DataType.Bytes ? sizeof(uint) : type.ElementBytes())];

    /// <returns>Null when the row is not one of so many.</returns>
    private static byte[]? FromFile(byte[] row, DataType type, long count, int rows)
    {
        var holds = type == DataType.Bytes ? TensorBytes.Count(row) * (long)rows == count : (long)row.Length * rows == count * type.ElementBytes();
        if (!holds || (long)row.Length * rows > MaxBytes)
        {
            return null;
        }

        var data = new byte[row.Length * rows];
        for (var i = 0; i < rows; i++)
        {
            row.CopyTo(data, i * row.Length);
        }

        return data;
    }

    private static byte[] Random(DataType type, int count)
    {
        var random = new Random(0);
        switch (type)
        {
            case DataType.Fp32: return Fill(count, random.NextSingle);
            case DataType.Fp64: return Fill(count, random.NextDouble);
            case DataType.Fp16: return Fill(count, () => (Half)random.NextSingle());
            case DataType.Bf16: return Fill(count, () => BFloat16.FromDouble(random.NextSingle()));
            case DataType.Bytes: return [.. Enumerable.Range(0, count).SelectMany(_ => (byte[])[1, 0, 0, 0, (byte)random.Next('a', 'z' + 1)])];
            default:
                var data = Zeros(type, count);
                for (var i = 0; i < count; i++)
                {
                    data[i * type.ElementBytes()] = (byte)random.Next(2); // the lowest byte of a little-endian integer
                }

                return data;
        }
    }

    private static byte[] Fill<T>(int count, Func<T> next)
        where T : unmanaged
    {
        var values = new T[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = next();
        }

        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    private static InvalidDataException Invalid(ModelWarmup warmup, string input, string message) => new($"model_warmup '{warmup.Name}' input '{input}': {message}");
}
