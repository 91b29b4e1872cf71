using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Builds a <see cref="ReferenceExpression"/> piece by piece. Not thread-safe.</summary>
public class ReferenceExpressionBuilder
{
    private readonly StringBuilder format = new();
    private readonly List<IValueProvider> providers = [];
    private readonly List<string> expressions = [];
    private readonly List<string?> stringFormats = [];

    public bool IsEmpty => format.Length == 0;

    /// <summary>Appends an interpolated text; the handler has done it when this is called.</summary>
    public void Append([InterpolatedStringHandlerArgument("")] in ReferenceExpressionBuilderInterpolatedStringHandler handler) => _ = handler;

    public void AppendLiteral(string value) => AppendText(value);

    public void AppendFormatted(string? value) => AppendText(value ?? string.Empty);

    public void AppendFormatted(string? value, string? format = null) => AppendText(ReferenceExpression.Encode(value, format) ?? string.Empty);

    public void AppendFormatted<T>(T valueProvider)
        where T : IValueProvider, IManifestExpressionProvider => AppendFormatted(valueProvider, null);

    public void AppendFormatted<T>(T valueProvider, string? format)
        where T : IValueProvider, IManifestExpressionProvider => AppendHole(valueProvider, valueProvider.ValueExpression, format);

    /// <exception cref="ArgumentException">The object is no value in both worlds.</exception>
    public void AppendValueProvider(object valueProvider, string? format = null)
    {
        var value = valueProvider is IResourceBuilder<IResource> builder ? builder.Resource : valueProvider;
        if (value is not IValueProvider provider || value is not IManifestExpressionProvider expression)
        {
            throw new ArgumentException($"Object must implement {nameof(IValueProvider)} and {nameof(IManifestExpressionProvider)}", nameof(valueProvider));
        }

        AppendHole(provider, expression.ValueExpression, format);
    }

    public ReferenceExpression Build() => new(format.ToString(), [.. providers], [.. expressions], [.. stringFormats]);

    internal void AppendText(string escaped) => format.Append(escaped);

    private void AppendHole(IValueProvider provider, string expression, string? stringFormat)
    {
        format.Append(CultureInfo.InvariantCulture, $"{{{providers.Count}}}");
        providers.Add(provider);
        expressions.Add(expression);
        stringFormats.Add(stringFormat);
    }

    /// <summary>Appends the pieces of <c>$"..."</c> to the builder.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct ReferenceExpressionBuilderInterpolatedStringHandler
    {
        private readonly ReferenceExpressionBuilder builder;

        public ReferenceExpressionBuilderInterpolatedStringHandler(int literalLength, int formattedCount, ReferenceExpressionBuilder builder)
        {
            _ = (literalLength, formattedCount);
            this.builder = builder;
        }

        public void AppendLiteral(string value) => builder.AppendLiteral(value);

        public void AppendFormatted(string? value) => builder.AppendFormatted(value);

        public void AppendFormatted(string? value, string format) => builder.AppendFormatted(value, format);

        public void AppendFormatted<T>(T valueProvider)
            where T : IValueProvider, IManifestExpressionProvider => builder.AppendFormatted(valueProvider, null);

        public void AppendFormatted<T>(T valueProvider, string? format)
            where T : IValueProvider, IManifestExpressionProvider => builder.AppendFormatted(valueProvider, format);

        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider)
            where T : IResource, IValueProvider, IManifestExpressionProvider => builder.AppendFormatted(valueProvider.Resource, null);

        public void AppendFormatted<T>(IResourceBuilder<T> valueProvider, string? format)
            where T : IResource, IValueProvider, IManifestExpressionProvider => builder.AppendFormatted(valueProvider.Resource, format);
    }
}
