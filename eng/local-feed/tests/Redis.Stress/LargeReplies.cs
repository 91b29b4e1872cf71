using System.Security.Cryptography;
using StackExchange.Redis;

namespace MlAspire.LocalFeed.Redis.Stress;

/// <summary>Values and answers far larger than any buffer.</summary>
internal static class LargeReplies
{
    private const int AtOnce = 4;

    /// <summary>Stores <paramref name="count"/> values of <paramref name="bytes"/> random bytes, four at a time, and compares the hashes of what comes back.</summary>
    public static async Task<long> ValuesAsync(IDatabase database, int count, int bytes)
    {
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, _) =>
        {
            var value = new byte[bytes];
            new Random(i).NextBytes(value);
            var key = $"large:{i % AtOnce}:{i}";
            await database.StringSetAsync(key, value);
            var back = (byte[])(await database.StringGetAsync(key))!;
            Check.Equal(Convert.ToHexString(SHA256.HashData(value)), Convert.ToHexString(SHA256.HashData(back)), $"GET of {bytes} bytes");
            await database.KeyDeleteAsync(key);
        });
        return 2L * count * bytes;
    }

    /// <summary>Reads back one list, hash and nested script answer of <paramref name="elements"/> elements each.</summary>
    public static async Task<long> ArraysAsync(IDatabase database, int elements)
    {
        var values = Enumerable.Range(0, elements).Select(i => (RedisValue)$"element {i}").ToArray();
        await database.ListRightPushAsync("large:list", values);
        Check.SameItems(values, await database.ListRangeAsync("large:list"), $"LRANGE of {elements}");

        var entries = values.Select(v => new HashEntry(v, v)).ToArray();
        await database.HashSetAsync("large:hash", entries);
        Check.SameItems(entries.OrderBy(e => e.Name), (await database.HashGetAllAsync("large:hash")).OrderBy(e => e.Name), $"HGETALL of {elements}");

        var nested = (RedisResult[])(await database.ScriptEvaluateAsync("local r = {} for i = 1, ARGV[1] do r[i] = {i, {i, 'x' .. i}} end return r", values: [elements]))!;
        Check.Equal(elements, nested.Length, "outer array");
        for (var i = 0; i < elements; i++)
        {
            var inner = nested[i][1];
            Check.Equal($"{i + 1} {i + 1} x{i + 1}", $"{(int)nested[i][0]} {(int)inner[0]} {(string?)inner[1]}", "nested array");
        }
        await database.KeyDeleteAsync(["large:list", "large:hash"]);
        return 3 * elements;
    }
}
