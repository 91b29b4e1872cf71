namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value that comes from outside: configuration, a default, or the operator.</summary>
public class ParameterResource : Resource, IExpressionValue
{
    private readonly Lazy<string> value;
    private string? configurationKey;

    /// <param name="callback">Gives the value; receives <see cref="Default"/>. Called at most once.</param>
    public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(callback);
        value = new(() => callback(Default));
        Secret = secret;
    }

    public ParameterDefault? Default { get; set; }

    public bool Secret { get; }

    public bool IsConnectionString { get; set; }

    public string? Description { get; set; }

    public bool EnableDescriptionMarkdown { get; set; }

    public string ValueExpression => $"{{{Name}.value}}";

    [Obsolete("Use GetValueAsync for async access or pass the ParameterResource directly to methods that accept it (e.g., environment variables).")]
    public string Value => GetValueAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult()!;

    internal string ConfigurationKey
    {
        get => configurationKey ?? (IsConnectionString ? $"ConnectionStrings:{Name}" : $"Parameters:{Name}");
        set => configurationKey = value;
    }

    /// <summary>The value without waiting.</summary>
    /// <exception cref="MissingParameterValueException">No value is configured and there is no default.</exception>
    internal string ValueInternal => WaitForValueTcs is { Task: { IsCompletedSuccessfully: true } task } ? task.Result : value.Value;

    /// <summary>Set in run mode while the value is not known; readers wait for it.</summary>
    internal TaskCompletionSource<string>? WaitForValueTcs { get; set; }

    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken)
        => WaitForValueTcs is { } waiting ? await waiting.Task.WaitAsync(cancellationToken).ConfigureAwait(false) : ValueInternal;

    public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken) => GetValueAsync(cancellationToken);
}

/// <summary>A connection string that comes from outside: <c>ConnectionStrings:{name}</c>.</summary>
internal sealed class ConnectionStringParameterResource : ParameterResource, IResourceWithConnectionString
{
    public ConnectionStringParameterResource(string name, Func<ParameterDefault?, string> callback, string? environmentVariableName)
        : base(name, callback, secret: true)
    {
        ConnectionStringEnvironmentVariable = environmentVariableName;
        IsConnectionString = true;
    }

    public string? ConnectionStringEnvironmentVariable { get; }

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{this}");

    string IManifestExpressionProvider.ValueExpression => $"{{{Name}.connectionString}}";

    ValueTask<string?> IResourceWithConnectionString.GetConnectionStringAsync(CancellationToken cancellationToken) => GetValueAsync(cancellationToken);

    ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetValueAsync(cancellationToken);

    ValueTask<string?> IValueProvider.GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken) => GetValueAsync(cancellationToken);
}
