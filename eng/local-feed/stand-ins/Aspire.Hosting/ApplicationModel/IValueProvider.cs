namespace Aspire.Hosting.ApplicationModel;

/// <summary>Who asks for a value, and from which network.</summary>
public class ValueProviderContext
{
    public DistributedApplicationExecutionContext? ExecutionContext { get; init; }

    public IResource? Caller { get; init; }

    public NetworkIdentifier? Network { get; init; }
}

/// <summary>Gives a value at run time; may wait until it is known.</summary>
public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);

    ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) => GetValueAsync(cancellationToken);
}

/// <summary>Gives the placeholder that stands for a value in the manifest, such as <c>{redis.bindings.tcp.host}</c>.</summary>
public interface IManifestExpressionProvider
{
    string ValueExpression { get; }
}

/// <summary>A value in both worlds.</summary>
public interface IExpressionValue : IValueProvider, IManifestExpressionProvider;

/// <summary>Names what a value is made of, so that dependencies are found.</summary>
public interface IValueWithReferences
{
    IEnumerable<object> References { get; }
}

/// <summary>A value that becomes known later and can be replaced; waiting ends with the first value or failure.</summary>
public sealed class ValueSnapshot<T>
    where T : notnull
{
    private readonly TaskCompletionSource<T> first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new(); // guards latest
    private Task<T>? latest;

    public bool IsValueSet => first.Task.IsCompleted;

    public Task<T> GetValueAsync(CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            return latest ?? first.Task.WaitAsync(cancellationToken);
        }
    }

    public void SetValue(T value) => Set(first.TrySetResult(value), Task.FromResult(value));

    public void SetException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var isFirst = first.TrySetException(exception);
        Set(isFirst, Task.FromException<T>(exception));
    }

    private void Set(bool isFirst, Task<T> task)
    {
        if (isFirst)
        {
            return;
        }

        lock (gate)
        {
            latest = task;
        }
    }
}
