using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>What ONNX Runtime's failures mean to a caller. Its messages start with <c>[ErrorCode:InvalidArgument]</c> and may hold paths of its sources.</summary>
internal static partial class OnnxErrors
{
    /// <summary>A failed run: what the values or shapes of the request caused is the caller's; the rest (memory, device, the model itself) is ours.</summary>
    public static Exception OfRun(OnnxRuntimeException exception) => IsOfInputs(exception.Message)
        ? new ServiceError(ErrorCode.InvalidArgument, $"the model cannot run on these inputs: {Clean(exception.Message)}", "inputs")
        : exception;

    /// <summary>A failed load: InvalidDataException, or Unavailable when it was the machine or its device, which may pass.</summary>
    public static Exception OfLoad(Exception exception, string prefix = "")
    {
        var message = prefix + Clean(exception.Message);
        return exception is OnnxRuntimeException && MachinePattern().IsMatch(exception.Message) ? new ServiceError(ErrorCode.Unavailable, message, exception) : new InvalidDataException(message, exception);
    }

    /// <summary>True for the message of a run that failed because of what it was given.</summary>
    /// <remarks>A kernel reports a shape that it cannot work on as Fail or RuntimeException, and so do the allocators and the libraries of a device: only their words tell those apart.</remarks>
    public static bool IsOfInputs(string message) =>
        CodePattern().Match(message).Groups[1].Value is "InvalidArgument" or "Fail" or "RuntimeException" && !MachinePattern().IsMatch(message);

    /// <summary>One line without error code, source paths and line numbers.</summary>
    public static string Clean(string message)
    {
        var text = NoisePattern().Replace(message, "").ReplaceLineEndings(" ").Trim();
        return text.Length <= 300 ? text : string.Concat(text.AsSpan(0, 300), "...");
    }

    // Without the arena the allocator's own exception, with it the arena's sentence; then what CUDA and its libraries say: "CUDA failure 700: ...".
    [GeneratedRegex(@"bad_alloc|Failed to allocate memory|\b(CUDA|CUBLAS|CUDNN|CUFFT|CURAND|CUSPARSE)\w* failure")]
    private static partial Regex MachinePattern();

    [GeneratedRegex(@"\[ErrorCode:(\w+)\]")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"\[ErrorCode:\w+\]\s*|Load model from \S+ failed:\s*|/\S+\.(cc|h|cpp):\d+\s*")]
    private static partial Regex NoisePattern();
}
