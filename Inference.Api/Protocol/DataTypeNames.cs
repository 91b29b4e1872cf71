using System.Collections.Frozen;

namespace MlAspire.Inference.Api.Protocol;

/// <summary>Wire names (exact, upper case) and element sizes of <see cref="DataType"/>.</summary>
internal static class DataTypeNames
{
    private static readonly (string Name, int Bytes)[] Table =
    [
        ("BOOL", 1), ("UINT8", 1), ("UINT16", 2), ("UINT32", 4), ("UINT64", 8), ("INT8", 1), ("INT16", 2), ("INT32", 4), ("INT64", 8),
        ("FP16", 2), ("BF16", 2), ("FP32", 4), ("FP64", 8), ("BYTES", 0),
    ];

    private static readonly FrozenDictionary<string, DataType> ByName =
        Enum.GetValues<DataType>().ToFrozenDictionary(type => type.Name(), StringComparer.Ordinal);

    /// <summary>The name on the wire, <c>FP32</c>.</summary>
    public static string Name(this DataType type) => Table[(int)type].Name;

    /// <summary>Bytes of one element; 0 for <see cref="DataType.Bytes"/>, whose elements differ in length.</summary>
    public static int ElementBytes(this DataType type) => Table[(int)type].Bytes;

    /// <summary>False for anything but an exact wire name; lower case is not accepted.</summary>
    public static bool TryParse(string name, out DataType type) => ByName.TryGetValue(name, out type);
}
