using System.Buffers.Binary;
using MlAspire.Inference.Api.Caching;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Tests.Caching;

public sealed class ResponseCacheTests
{
    private const int EntryBytes = 256 + 4 + 4; // the entry, a key of 4 bytes, an answer of 4 bytes

    [Fact]
    public void Equal_hashes_of_different_keys_are_never_one_answer()
    {
        var cache = new ResponseCache(new ResponseCacheOptions(), static _ => 7); // every key collides

        cache.Add(1, Key(1), Answer(10));
        Assert.Null(cache.Find(Key(2)));
        Assert.Equal(10, Value(cache.Find(Key(1))));
        cache.Add(1, Key(2), Answer(20));
        Assert.Equal((null, 20, 1), (Value(cache.Find(Key(1))), Value(cache.Find(Key(2))), cache.Count));
    }

    [Fact]
    public void The_least_recently_used_goes_when_there_are_too_many()
    {
        var cache = Cache(new ResponseCacheOptions { MaxEntries = 2 });

        cache.Add(1, Key(1), Answer(10));
        cache.Add(1, Key(2), Answer(20));
        cache.Find(Key(1));
        cache.Add(1, Key(3), Answer(30));

        Assert.Equal((10, null, 30), (Value(cache.Find(Key(1))), Value(cache.Find(Key(2))), Value(cache.Find(Key(3)))));
    }

    [Theory]
    [InlineData(4 * EntryBytes, 4)]
    [InlineData((4 * EntryBytes) - 1, 3)]
    public void The_bytes_of_requests_and_answers_are_bounded(int maxBytes, int expected)
    {
        var cache = Cache(new ResponseCacheOptions { MaxBytes = maxBytes });

        foreach (var i in Enumerable.Range(0, 100))
        {
            cache.Add(1, Key(i), Answer(i));
        }

        Assert.Equal((expected, 99), (cache.Count, Value(cache.Find(Key(99)))));
    }

    [Fact]
    public void An_answer_larger_than_the_whole_cache_is_not_kept_and_drives_nothing_out()
    {
        var cache = Cache(new ResponseCacheOptions { MaxBytes = 1024 });
        cache.Add(1, Key(1), Answer(10));

        cache.Add(1, Key(2), [new Tensor("y", DataType.UInt8, [1024], new byte[1024])]);

        Assert.Equal((10, 1), (Value(cache.Find(Key(1))), cache.Count));
    }

    [Fact]
    public void The_answer_is_a_copy()
    {
        var cache = Cache(new ResponseCacheOptions());
        var bytes = BitConverter.GetBytes(10);
        cache.Add(1, Key(1), [new Tensor("y", DataType.Int32, [1], bytes)]);

        bytes[0] = 99;

        Assert.Equal(10, Value(cache.Find(Key(1))));
    }

    [Fact]
    public void What_an_owner_kept_goes_with_it()
    {
        var cache = Cache(new ResponseCacheOptions());
        cache.Add(1, Key(1), Answer(10));
        cache.Add(2, Key(2), Answer(20));

        cache.RemoveAll(1);

        Assert.Equal((null, 20, 1), (Value(cache.Find(Key(1))), Value(cache.Find(Key(2))), cache.Count));
    }

    [Fact]
    public async Task Many_threads_at_once_get_their_own_answers_and_the_bound_holds()
    {
        var cache = Cache(new ResponseCacheOptions { MaxEntries = 50 });

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                var found = Value(cache.Find(Key(i % 100)));
                Assert.True(found is null || found == i % 100, $"key {i % 100} found {found}");
                cache.Add(1, Key(i % 100), Answer(i % 100));
            }
        })));

        Assert.Equal(50, cache.Count);
    }

    private static ResponseCache Cache(ResponseCacheOptions options) => new(options, static key => (UInt128)BinaryPrimitives.ReadInt32LittleEndian(key));

    private static byte[] Key(int number) => BitConverter.GetBytes(number);

    private static Tensor[] Answer(int number) => [new Tensor("y", DataType.Int32, [1], BitConverter.GetBytes(number))];

    private static int? Value(IReadOnlyList<Tensor>? outputs) => outputs is null ? null : BitConverter.ToInt32(outputs[0].Data.Span);
}
