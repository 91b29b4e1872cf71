using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>What ONNX Runtime's failures mean to a caller. Its messages start with <c>[ErrorCode:InvalidArgument]</c> and may hold paths of its sources.</summary>
internal static partial class OnnxErrors
{
    /// <summary>A failed run: what the values or shapes of the request caused is the caller's, memory that others have now passes; the rest (device, the model itself) is ours.</summary>
    public static Exception OfRun(OnnxRuntimeException exception) => OfRun(exception.Message, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) switch
    {
        ErrorCode.InvalidArgument => new ServiceError(ErrorCode.InvalidArgument, $"the model cannot run on these inputs: {Clean(exception.Message)}", "inputs"),
        ErrorCode.Overloaded => new ServiceError(ErrorCode.Overloaded, $"the model cannot run on these inputs now: {Clean(exception.Message)}", exception),
        _ => exception,
    };

    /// <summary>A failed load: InvalidDataException, or Unavailable when it was the machine or its device, which may pass.</summary>
    public static Exception OfLoad(Exception exception, string prefix = "")
    {
        var message = prefix + Clean(exception.Message);
        var mayPass = exception is ServiceError { Code: ErrorCode.Overloaded } || (exception is OnnxRuntimeException && MayPass(exception.Message));
        return mayPass ? new ServiceError(ErrorCode.Unavailable, message, exception) : new InvalidDataException(message, exception);
    }

    /// <summary>What the message of a failed run means: InvalidArgument = what it was given, Overloaded = memory that others have now, null = the fault is ours.</summary>
    /// <param name="memoryBytes">Of the machine: a run that asks for more at once never gets it.</param>
    /// <remarks>A kernel reports a shape that it cannot work on as Fail or RuntimeException, and so do the allocators and the libraries of a device: only their words tell those apart.</remarks>
    public static ErrorCode? OfRun(string message, long memoryBytes) =>
        CodePattern().Match(message).Groups[1].Value is not ("InvalidArgument" or "Fail" or "RuntimeException") ? null
        : IsOfMemory(message) ? (IsMoreThan(memoryBytes, message) ? ErrorCode.InvalidArgument : ErrorCode.Overloaded)
        : DevicePattern().IsMatch(message) ? null
        : ErrorCode.InvalidArgument;

    /// <summary>Whether a load that failed so may succeed later: it was the machine, or its device.</summary>
    public static bool MayPass(string message) => IsOfMemory(message) || DevicePattern().IsMatch(message);

    /// <summary>One line without error code, source paths, line numbers and the machine's name.</summary>
    public static string Clean(string message)
    {
        var text = NoisePattern().Replace(message, "").ReplaceLineEndings(" ").Trim();
        return text.Length <= 300 ? text : string.Concat(text.AsSpan(0, 300), "...");
    }

    private static bool IsOfMemory(string message) => MemoryPattern().IsMatch(message);

    private static bool IsMoreThan(long memoryBytes, string message) =>
        MemoryPattern().Match(message).Groups["bytes"] is { Success: true, Value: var bytes } && UInt128.Parse(bytes, CultureInfo.InvariantCulture) > (UInt128)memoryBytes;

    // Without the arena the allocator's own exception; with it the arena's sentences, which say how much was asked for; of a device what CUDA and its libraries say.
    [GeneratedRegex(@"bad_alloc|Failed to allocate memory( for requested buffer of size (?<bytes>\d{1,38}))?|Available memory of \d+ is smaller than requested bytes of (?<bytes>\d{1,38})|CUDA failure 2: |_ALLOC_FAILED\b")]
    private static partial Regex MemoryPattern();

    // What CUDA and its libraries say: "CUDA failure 700: ...".
    [GeneratedRegex(@"\b(CUDA|CUBLAS|CUDNN|CUFFT|CURAND|CUSPARSE)\w* failure")]
    private static partial Regex DevicePattern();

    [GeneratedRegex(@"\[ErrorCode:(\w+)\]")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"\[ErrorCode:\w+\]\s*|Load model from \S+ failed:\s*|/\S+\.(cc|h|cpp):\d+\s*|; hostname=\S+\s*")]
    private static partial Regex NoisePattern();
}
