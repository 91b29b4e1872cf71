using static MlAspire.V2Conformance.V2Failure;

namespace MlAspire.V2Conformance;

/// <summary>One row of the table: a request, and the outputs or the kind of failure it must bring.</summary>
/// <param name="Only">The transports that can carry the case; null = all four. Of those of REST the mixed and compressed forms follow.</param>
public sealed record ConformanceCase(string Name, V2Request Request, V2Tensor[] Outputs, V2Failure? Failure = null, string[]? Only = null)
{
    public ConformanceCase(string name, V2Request request, V2Failure failure, string[]? only = null)
        : this(name, request, [], failure, only)
    {
    }

    public string Version { get; init; } = "1";
}

/// <summary>The table. Expected values are worked out by hand; the identity models must give back exactly what they got.</summary>
internal static class ConformanceCases
{
    private static readonly string[] Typed = [TransportNames.RestJson, TransportNames.GrpcContents];
    private static readonly string[] Raw = [TransportNames.RestBinary, TransportNames.GrpcRaw];
    private static readonly string[] Exact = [TransportNames.RestBinary, TransportNames.GrpcContents, TransportNames.GrpcRaw]; // NaN has no form in JSON that all agree on
    private static readonly string[] Bare = [TransportNames.RestRaw];
    private static readonly string[] Rest = [TransportNames.RestJson, TransportNames.RestBinary];

    // FP16 and BF16 have no typed contents in gRPC, and OIP's JSON for them is not settled: raw transports and our JSON only.
    private static readonly string[] Halves = [TransportNames.RestJson, TransportNames.RestBinary, TransportNames.GrpcRaw];

    public static IReadOnlyList<ConformanceCase> All { get; } = [.. Datatypes(), .. Shapes(), .. Requests(), .. Ranges(), .. Failures()];

    private static IEnumerable<ConformanceCase> Datatypes()
    {
        yield return Identity("BOOL", null, true, false);
        yield return Identity("UINT8", null, 0L, 255L);
        yield return Identity("UINT16", null, 0L, 65535L);
        yield return Identity("UINT32", null, 0L, 4294967295L);
        yield return Identity("UINT64", null, 0UL, 18446744073709551615UL);
        yield return Identity("INT8", null, -128L, 127L);
        yield return Identity("INT16", null, -32768L, 32767L);
        yield return Identity("INT32", null, -2147483648L, 2147483647L);
        yield return Identity("INT64", null, long.MinValue, long.MaxValue);
        yield return Identity("FP16", Halves, 0.5, -65504.0);
        yield return Identity("FP16", Halves, 5.9604644775390625e-8, -0.0); // 2^-24, the smallest
        yield return Identity("BF16", Halves, 1.5, -0.0078125);
        yield return Identity("BF16", Halves, 3.3895313892515355e38, 9.183549615799121e-41); // the largest; 2^-133, the smallest
        yield return Identity("FP32", null, 0.1, 1e-45);
        yield return Identity("FP32", null, 3.4028234663852886e38, -0.0);
        yield return Identity("FP64", null, 0.1, 5e-324);
        yield return Identity("BYTES", null, "", "zażółć \u0001 \"quoted\" \\ 語");
        yield return Identity("FP16", Raw, double.NaN, double.PositiveInfinity);
        yield return Identity("BF16", Raw, double.PositiveInfinity, double.NegativeInfinity);
        yield return Identity("FP32", Exact, double.NaN, double.NegativeInfinity);
        yield return Identity("FP64", Exact, double.PositiveInfinity, double.NaN);
    }

    private static IEnumerable<ConformanceCase> Shapes()
    {
        foreach (var type in ConformanceModels.Types.Keys)
        {
            object one = type switch { "BOOL" => true, "BYTES" => "1", "UINT64" => 1UL, "FP16" or "BF16" or "FP32" or "FP64" => 1.0, _ => 1L };
            var only = type is "FP16" or "BF16" ? Halves : null;
            yield return new($"a scalar of {type} has rank 0", new($"scalar_{type}", new V2Tensor("x", type, [], one)), [new V2Tensor("y", type, [], one)], Only: only);
            yield return new($"no rows of {type}", new($"identity_{type}", new V2Tensor("x", type, [0, 3])), [new V2Tensor("y", type, [0, 3])], Only: only);
        }

        object[] many = [.. Enumerable.Range(0, 2000).Select(i => (object)(i * 0.5))];
        yield return new("more bytes than are worth compressing", new("identity_FP32", new V2Tensor("x", "FP32", [40, 50], many)), [new V2Tensor("y", "FP32", [40, 50], many)]);
        yield return new("no columns", new("identity_FP32", new V2Tensor("x", "FP32", [3, 0])), [new V2Tensor("y", "FP32", [3, 0])]);
        yield return new("an empty tensor beside full ones", new("two", new V2Tensor("a", "FP32", [0]), new V2Tensor("b", "FP32", [0])), [new V2Tensor("sum", "FP32", [0]), new V2Tensor("product", "FP32", [0])]);
    }

    private static IEnumerable<ConformanceCase> Requests()
    {
        V2Tensor a = new("a", "FP32", [2], 1.0, 2.0), b = new("b", "FP32", [2], 10.0, 20.0);
        V2Tensor sum = new("sum", "FP32", [2], 11.0, 22.0), product = new("product", "FP32", [2], 10.0, 40.0);
        yield return new("all outputs when none is named", new("two", a, b), [sum, product]);
        yield return new("inputs in any order", new("two", b, a), [sum, product]);
        yield return new("one named output", new("two", a, b) { Outputs = ["product"] }, [product]);
        yield return new("named outputs come in the order of the request", new("two", a, b) { Outputs = ["product", "sum"] }, [product, sum]);
        yield return new("the id is echoed", new("two", a, b) { Id = "zażółć \"7\"" }, [sum, product]);
        yield return new("an empty id is none", new("two", a, b) { Id = "" }, [sum, product]);
        yield return new("parameters of every kind", new("two", a, b) { Parameters = new Dictionary<string, object> { ["mine"] = "x", ["flag"] = true, ["whole"] = -7L, ["real"] = 0.5 } }, [sum, product]);
        yield return new("a priority and a time-out", new("two", a, b) { Parameters = new Dictionary<string, object> { ["priority"] = 0L, ["timeout"] = 60_000_000L } }, [sum, product]);
        yield return new("two outputs classified", new("two", a, b) { Outputs = ["sum", "product"], Classification = 1 },
            [new V2Tensor("sum", "BYTES", [1], "22.000000:1"), new V2Tensor("product", "BYTES", [1], "40.000000:1")]);
        yield return new("a named version", new("versions", a, b) { Version = "1" }, [sum, product]);
        yield return new("the newest version when none is named", new("versions", a, b), [sum, product]) { Version = "3" };
        yield return new("rows up to the limit", Rows(4), [Rows(4).Inputs[0] with { Name = "y" }]);
        yield return new("one row as bytes alone", Rows(1), [Rows(1).Inputs[0] with { Name = "y" }], Only: Bare);
        yield return new("classification of rows", new("rows", new V2Tensor("x", "FP32", [2, 3], 0.5, 3.0, 1.0, -1.0, -2.0, -0.25)) { Outputs = ["y"], Classification = 2 },
            [new V2Tensor("y", "BYTES", [2, 2], "3.000000:1:bee", "1.000000:2", "-0.250000:2", "-1.000000:0:ant")]);
        yield return Classified("INT32", "22:1", 11L, 22L);
        yield return Classified("INT8", "-1:1", -2L, -1L);
        yield return Classified("INT64", "9007199254740993:1", 9007199254740992L, 9007199254740993L); // no double is the second
        yield return Classified("UINT64", "18446744073709551615:1", 18446744073709551614UL, 18446744073709551615UL);
        yield return new("classification asks for more than there is", new("two", a, b) { Outputs = ["sum"], Classification = 9 }, [new V2Tensor("sum", "BYTES", [2], "22.000000:1", "11.000000:0")]);
    }

    private static IEnumerable<ConformanceCase> Ranges()
    {
        foreach (var (type, value) in new (string, object)[]
        {
            ("INT8", 128L), ("INT8", -129L), ("UINT8", 256L), ("INT16", 32768L), ("UINT16", 65536L),
        })
        {
            yield return new($"{type} does not wrap {value}", new($"identity_{type}", new V2Tensor("x", type, [1, 1], value)), InvalidArgument, Typed);
        }

        foreach (var (type, value) in new (string, object)[]
        {
            ("UINT8", -1L), ("UINT32", -1L), ("UINT32", 4294967296L), ("UINT64", -1L), ("INT32", 2147483648L), ("INT64", 9223372036854775808UL), ("FP16", 65520.0), ("FP32", 1e39),
            ("INT32", 1.5), ("INT32", true), ("BOOL", 1L), ("BYTES", 1L), ("FP32", "1"), ("FP32", true),
        })
        {
            yield return new($"{type} is not made of {value} in JSON", new($"identity_{type}", new V2Tensor("x", type, [1, 1], value)), InvalidArgument, [TransportNames.RestJson]);
        }
    }

    private static IEnumerable<ConformanceCase> Failures()
    {
        V2Tensor a = new("a", "FP32", [2], 1.0, 2.0), b = new("b", "FP32", [2], 10.0, 20.0);
        yield return new("an unknown model", new("nothing", a), NotFound);
        yield return new("an unknown version", new("two", a, b) { Version = "2" }, NotFound);
        yield return new("a missing input", new("two", a), InvalidArgument);
        yield return new("no input at all", new("two"), InvalidArgument);
        yield return new("an unknown input", new("two", a, b, a with { Name = "c" }), InvalidArgument);
        yield return new("an input twice", new("two", a, b, a), InvalidArgument);
        yield return new("an unknown output", new("two", a, b) { Outputs = ["sum", "nothing"] }, InvalidArgument);
        yield return new("another datatype", new("two", new V2Tensor("a", "FP64", [2], 1.0, 2.0), b), InvalidArgument);
        yield return new("an unknown datatype", new("two", a with { Datatype = "FLOAT" }, b), InvalidArgument);
        yield return new("another rank", new("two", a with { Shape = [1, 2] }, b), InvalidArgument);
        yield return new("a fixed dimension of another size", new("rows", new V2Tensor("x", "FP32", [1, 2], 1.0, 2.0)), InvalidArgument);
        yield return new("a negative dimension", new("two", a with { Shape = [-2] }, b), InvalidArgument);
        yield return new("too few elements", new("two", a with { Values = [1.0] }, b), InvalidArgument);
        yield return new("too many elements", new("two", a with { Values = [1.0, 2.0, 3.0] }, b), InvalidArgument);
        yield return new("more elements than 64 bits can count", new("identity_FP32", new V2Tensor("x", "FP32", [4294967296, 4294967296], 1.0)), InvalidArgument);
        yield return new("as many elements as zero after an overflow", new("identity_FP32", new V2Tensor("x", "FP32", [4294967296, 4294967296])), InvalidArgument);
        yield return new("lengths that the model cannot add", new("two", a, new V2Tensor("b", "FP32", [3], 1.0, 2.0, 3.0)), InvalidArgument);
        yield return new("more rows than the limit", Rows(5), InvalidArgument);
        yield return new("no row for a batching model", new("rows", new V2Tensor("x", "FP32", [0, 3])), InvalidArgument);
        yield return new("classification of strings", new("identity_BYTES", new V2Tensor("x", "BYTES", [1, 1], "a")) { Outputs = ["y"], Classification = 1 }, InvalidArgument);
        yield return new("a reserved parameter", new("two", a, b) { Parameters = new Dictionary<string, object> { ["triton_x"] = 1L } }, InvalidArgument);
        yield return new("a time-out that is no number", new("two", a, b) { Parameters = new Dictionary<string, object> { ["timeout"] = "soon" } }, InvalidArgument);
        yield return new("bytes alone that are no whole row", new("rows", new V2Tensor("x", "FP32", [1, 3], 1.0, 2.0)), InvalidArgument, Bare);
        yield return new("bytes alone for two inputs", new("two", a, b), InvalidArgument, Bare);
        yield return new("an output twice", new("two", a, b) { Outputs = ["sum", "sum"] }, InvalidArgument);
        yield return new("a version that is no number", new("two", a, b) { Version = "x" }, NotFound, Rest);
    }

    private static ConformanceCase Identity(string type, string[]? only, object first, object second) => new(
        $"{type} {first} {second}", new V2Request($"identity_{type}", new V2Tensor("x", type, [1, 2], first, second)), [new V2Tensor("y", type, [1, 2], first, second)], Only: only);

    private static ConformanceCase Classified(string type, string first, object smaller, object larger) => new(
        $"classification of {type}", new V2Request($"identity_{type}", new V2Tensor("x", type, [1, 2], smaller, larger)) { Outputs = ["y"], Classification = 1 }, [new V2Tensor("y", "BYTES", [1], first)]);

    /// <summary>Rows of three for the model <c>rows</c>, which takes four.</summary>
    public static V2Request Rows(int rows) => new("rows", new V2Tensor("x", "FP32", [rows, 3], [.. Enumerable.Range(0, rows * 3).Select(i => (object)(i * 0.5))]));
}
