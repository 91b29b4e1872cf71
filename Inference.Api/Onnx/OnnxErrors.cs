using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>What ONNX Runtime's failures mean to a caller. Its messages start with <c>[ErrorCode:InvalidArgument]</c> and may hold paths of its sources.</summary>
internal static partial class OnnxErrors
{
    /// <summary>A failed run: what the values or shapes of the request caused is the caller's; the rest (memory, providers) is ours.</summary>
    public static Exception OfRun(OnnxRuntimeException exception)
    {
        var code = CodePattern().Match(exception.Message).Groups[1].Value;
        return code is "InvalidArgument" or "Fail" or "RuntimeException" or "InvalidGraph" && !IsOutOfMemory(exception.Message)
            ? new ServiceError(ErrorCode.InvalidArgument, $"the model cannot run on these inputs: {Clean(exception.Message)}", "inputs")
            : exception;
    }

    // Without the arena the allocator's own exception, with it the arena's sentence.
    private static bool IsOutOfMemory(string message) =>
        message.Contains("bad_alloc", StringComparison.Ordinal) || message.Contains("Failed to allocate memory", StringComparison.Ordinal);

    /// <summary>One line without error code, source paths and line numbers.</summary>
    public static string Clean(string message)
    {
        var text = NoisePattern().Replace(message, "").ReplaceLineEndings(" ").Trim();
        return text.Length <= 300 ? text : string.Concat(text.AsSpan(0, 300), "...");
    }

    [GeneratedRegex(@"\[ErrorCode:(\w+)\]")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"\[ErrorCode:\w+\]\s*|Load model from \S+ failed:\s*|/\S+\.(cc|h|cpp):\d+\s*")]
    private static partial Regex NoisePattern();
}
