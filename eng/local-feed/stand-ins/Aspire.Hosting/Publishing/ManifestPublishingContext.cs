using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aspire.Hosting.Publishing;

/// <summary>Writes the manifest of one model. Not thread-safe.</summary>
public sealed class ManifestPublishingContext(
    DistributedApplicationExecutionContext executionContext, string manifestPath, Utf8JsonWriter writer, CancellationToken cancellationToken = default)
{
    private readonly ManifestReferences references = new();
    private readonly ManifestBindings bindings = new();

    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;

    public string ManifestPath { get; } = manifestPath;

    public Utf8JsonWriter Writer { get; } = writer;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>The path relative to the manifest's folder, with "/".</summary>
    [return: NotNullIfNotNull(nameof(path))]
    public string? GetManifestRelativePath(string? path)
        => path is null ? null : Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(ManifestPath))!, path).Replace('\\', '/');

    public void WriteConnectionString(IResource resource)
    {
        if (resource is IResourceWithConnectionString { ConnectionStringExpression: { } expression })
        {
            Writer.WriteString("connectionString", Expression(expression));
        }
    }

    public void WriteBindings(IResource resource) => bindings.Write(Writer, resource);

    public async Task WriteEnvironmentVariablesAsync(IResource resource)
    {
        var variables = await resource.GatherEnvironmentAsync(ExecutionContext, NullLogger.Instance, CancellationToken).ConfigureAwait(false);
        var written = new List<(string Name, string Value)>();
        foreach (var (name, value) in variables)
        {
            if (await ExpressionAsync(resource, value).ConfigureAwait(false) is { } expression)
            {
                written.Add((name, expression));
            }
        }

        if (written.Count > 0)
        {
            Writer.WriteStartObject("env");
            written.ForEach(variable => Writer.WriteString(variable.Name, variable.Value));
            Writer.WriteEndObject();
        }
    }

    public async Task WriteCommandLineArgumentsAsync(IResource resource)
    {
        var arguments = await resource.GatherArgumentsAsync(ExecutionContext, NullLogger.Instance, CancellationToken).ConfigureAwait(false);
        if (arguments.Count == 0)
        {
            return;
        }

        Writer.WriteStartArray("args");
        foreach (var argument in arguments)
        {
            if (await ExpressionAsync(resource, argument).ConfigureAwait(false) is { } expression)
            {
                Writer.WriteStringValue(expression);
            }
        }

        Writer.WriteEndArray();
    }

    /// <summary>What the value is made of is written too, after the resources of the model.</summary>
    public void TryAddDependentResources(object? value) => references.Add(value);

    public Task WriteContainerAsync(ContainerResource container) => new ManifestResourceWriter(this).WriteContainerAsync(container);

    internal Task WriteParameterAsync(ParameterResource parameter)
    {
        new ManifestResourceWriter(this).WriteParameter(parameter);
        return Task.CompletedTask;
    }

    internal async Task WriteModelAsync(DistributedApplicationModel model)
    {
        references.Begin(model);
        Writer.WriteStartObject();
        Writer.WriteStartObject("resources");
        foreach (var resource in model.Resources)
        {
            await WriteResourceAsync(resource).ConfigureAwait(false);
        }

        foreach (var resource in references.Unlisted())
        {
            await WriteResourceAsync(resource).ConfigureAwait(false);
        }

        foreach (var parameter in references.ParametersWithFormats())
        {
            WriteFormats(parameter);
        }

        await WriteConditionalsAsync().ConfigureAwait(false);
        Writer.WriteEndObject();
        Writer.WriteEndObject();
        await Writer.FlushAsync(CancellationToken).ConfigureAwait(false);
    }

    /// <summary>The expression as the manifest writes it: encoded parameters are resources of their own.</summary>
    internal string Expression(ReferenceExpression expression)
    {
        references.Add(expression);
        if (expression.IsConditional)
        {
            return expression.ValueExpression;
        }

        var parts = expression.ManifestExpressions
            .Select((part, i) => references.FormattedName(expression.ValueProviders[i], expression.StringFormats[i]) is { } name ? $"{{{name}.value}}" : part);
        return string.Format(CultureInfo.InvariantCulture, expression.Format, [.. parts]);
    }

    private async Task<string?> ExpressionAsync(IResource resource, object value)
    {
        if (value is ReferenceExpression expression)
        {
            return Expression(expression);
        }

        references.Add(value);
        return (await resource.ResolveAsync(ExecutionContext, value, CancellationToken).ConfigureAwait(false)).Value;
    }

    private async Task WriteResourceAsync(IResource resource)
    {
        var hasCallback = resource.TryGetLastAnnotation<ManifestPublishingCallbackAnnotation>(out var annotation);
        if (hasCallback && annotation!.Callback is null)
        {
            return;
        }

        Writer.WriteStartObject(resource.Name);
        await (hasCallback ? annotation!.Callback!(this) : new ManifestResourceWriter(this).WriteAsync(resource)).ConfigureAwait(false);
        Writer.WriteEndObject();
        if (resource is ParameterResource parameter)
        {
            WriteFormats(parameter);
        }
    }

    private void WriteFormats(ParameterResource parameter)
    {
        foreach (var (format, name) in references.TakeFormats(parameter))
        {
            Writer.WriteStartObject(name);
            Writer.WriteString("type", "annotated.string");
            Writer.WriteString("value", parameter.ValueExpression);
            Writer.WriteString("filter", format);
            Writer.WriteEndObject();
        }
    }

    private async Task WriteConditionalsAsync()
    {
        foreach (var (name, conditional) in references.Conditionals)
        {
            Writer.WriteStartObject(name);
            Writer.WriteString("type", "value.v0");
            Writer.WriteString("connectionString", await conditional.GetValueAsync(CancellationToken).ConfigureAwait(false) ?? string.Empty);
            Writer.WriteEndObject();
        }
    }
}
