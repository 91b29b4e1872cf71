using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using MlAspire.Inference.Api.Batching;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Caching;

/// <summary>The response cache as one loaded version uses it. Every load has a number of its own in its keys, so that no answer outlives the bytes that gave it; disposing forgets them.</summary>
internal sealed class ModelCache(ResponseCache cache, TimeProvider time) : IDisposable
{
    private static long loads;

    private readonly long load = Interlocked.Increment(ref loads);

    /// <summary>Looks for the answer to <paramref name="run"/>. Of its parameters none is in the key: priority and time-out change when it is answered, not what.</summary>
    public CacheLookup Look(ModelRun run)
    {
        var started = time.GetTimestamp();
        if (!cache.HasRoom(run.InputBytes))
        {
            return new CacheLookup(this, default, Outputs: null, time.GetElapsedTime(started));
        }

        var key = KeyOf(run);
        return new CacheLookup(this, key, cache.Find(key.Span), time.GetElapsedTime(started));
    }

    /// <param name="key">Empty for a request that is too large to be kept.</param>
    /// <returns>How long keeping the answer took.</returns>
    public TimeSpan Keep(ReadOnlyMemory<byte> key, IReadOnlyList<Tensor> outputs)
    {
        var started = time.GetTimestamp();
        if (!key.IsEmpty)
        {
            cache.Add(load, key.Span, outputs);
        }

        return time.GetElapsedTime(started);
    }

    public void Dispose() => cache.RemoveAll(load);

    /// <summary>The load, and each part with its length in front: two different requests have different bytes.</summary>
    private ReadOnlyMemory<byte> KeyOf(ModelRun run)
    {
        var key = new ArrayBufferWriter<byte>((int)run.InputBytes + 256);
        Write(key, load);
        Write(key, run.Inputs.Count);
        foreach (var input in run.Inputs)
        {
            Write(key, input.Name);
            Write(key, (long)input.DataType);
            Write(key, input.Shape.Length);
            foreach (var dimension in input.Shape)
            {
                Write(key, dimension);
            }

            Write(key, input.Data.Length);
            key.Write(input.Data.Span);
        }

        foreach (var output in run.Outputs)
        {
            Write(key, output);
        }

        return key.WrittenMemory;
    }

    private static void Write(ArrayBufferWriter<byte> key, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(key.GetSpan(sizeof(long)), number);
        key.Advance(sizeof(long));
    }

    private static void Write(ArrayBufferWriter<byte> key, string text)
    {
        Write(key, Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, key);
    }
}
