using System.CodeDom.Compiler;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Redaction;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>Where the log call stands that is being written: found on the stack, which costs far more than the rest of a line. For people only.</summary>
internal static class LogCaller
{
    private static readonly string LoggingNamespace = typeof(ILogger).Namespace!;

    /// <returns><c>RunAsync:42</c>, without the line where there are no symbols; null when nothing but logging is on the stack, and in a program that is compiled natively, whose stack does not say.</returns>
    public static string? Find() => Reflection.FindsAll ? OnStack() : null;

    [RequiresUnreferencedCode("The stack of a program that is compiled natively does not name all methods.")]
    private static string? OnStack()
    {
        var frames = new StackTrace(fNeedFileInfo: false).GetFrames();
        var index = Array.FindIndex(frames, frame => frame.GetMethod() is { } method && !IsLogging(method));
        if (index < 0)
        {
            return null;
        }

        // Symbols are read for this one frame alone; its place was counted from here.
        var line = new StackFrame(index, needFileInfo: true).GetFileLineNumber();
        var name = NameOf(frames[index].GetMethod()!);
        return line == 0 ? name : $"{name}:{line}";
    }

    private static bool IsLogging(MethodBase method) => method.DeclaringType is not { } type
        || type == typeof(LogCaller) || type.Namespace?.StartsWith(LoggingNamespace, StringComparison.Ordinal) == true
        || typeof(ILogger).IsAssignableFrom(type) || typeof(ILoggerProvider).IsAssignableFrom(type) || typeof(LineFormatter).IsAssignableFrom(type)
        || method.IsDefined(typeof(GeneratedCodeAttribute), inherit: false); // what [LoggerMessage] makes

    /// <summary>Of an asynchronous method (the type <c>&lt;RunAsync&gt;d__3</c>) or a lambda (<c>&lt;Build&gt;b__0</c>) the name of the method that it stands in.</summary>
    private static string NameOf(MethodBase method) => Inside(method.Name) ?? Inside(method.DeclaringType!.Name) ?? method.Name;

    private static string? Inside(string name) => name.StartsWith('<') && name.IndexOf('>', StringComparison.Ordinal) is > 1 and var end ? name[1..end] : null;
}
