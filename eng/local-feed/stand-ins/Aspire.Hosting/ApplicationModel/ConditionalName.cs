using System.IO.Hashing;
using System.Text;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The manifest name of a conditional expression: <c>cond-redis-bindings-tcp-tlsenabled-d148d83a</c>.</summary>
internal static partial class ConditionalName
{
    /// <summary>"cond-", the condition's expression in lower case with other characters as "-", and XxHash32 of all four parts in hex.</summary>
    public static string Of(IValueProvider condition, string matchValue, ReferenceExpression whenTrue, ReferenceExpression whenFalse)
    {
        var expression = (condition as IManifestExpressionProvider)?.ValueExpression;
        var words = NotAlphanumeric().Replace(expression ?? string.Empty, "-").Trim('-').ToLowerInvariant();
        var hashed = Encoding.UTF8.GetBytes((expression ?? condition.GetType().Name) + whenTrue.ValueExpression + whenFalse.ValueExpression + matchValue);
        return $"cond-{(words.Length > 0 ? words : "expr")}-{XxHash32.HashToUInt32(hashed):x8}";
    }

    [GeneratedRegex(@"[^\p{L}\p{Nd}]+")]
    private static partial Regex NotAlphanumeric();
}
