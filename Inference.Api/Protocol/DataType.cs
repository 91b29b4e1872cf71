namespace MlAspire.Inference.Api.Protocol;

/// <summary>The element types of the Open Inference Protocol, plus BF16 as Triton spells it.</summary>
internal enum DataType
{
    Bool,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Int8,
    Int16,
    Int32,
    Int64,
    Fp16,
    Bf16,
    Fp32,
    Fp64,
    Bytes,
}
