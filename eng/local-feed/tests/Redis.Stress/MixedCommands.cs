using System.Globalization;
using StackExchange.Redis;

namespace MlAspire.LocalFeed.Redis.Stress;

/// <summary>One caller that sends all kinds of commands on keys of its own and compares every answer with what it keeps in memory.</summary>
internal sealed class MixedCommands(IDatabase database, int caller)
{
    private const string Nested = "return {tonumber(ARGV[1]), {ARGV[1], {}, {false, 'x' .. ARGV[1]}}, redis.status_reply('FINE')}";

    private readonly Random random = new(caller);
    private readonly Dictionary<string, string> hash = [];
    private readonly List<string> list = [];
    private readonly SortedDictionary<int, string> scores = [];
    private readonly HashSet<string> members = [];
    private long counter;
    private int step;

    /// <summary>Lets <paramref name="callers"/> callers send <paramref name="commands"/> commands in all, at the same time.</summary>
    public static async Task<long> RunAsync(IDatabase database, int commands, int callers, string run)
    {
        var sent = 0L;
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async i =>
        {
            var caller = new MixedCommands(database, i) { Prefix = $"{run}:{i}" };
            while (Interlocked.Read(ref sent) < commands)
            {
                Interlocked.Add(ref sent, await caller.StepAsync());
            }
        }));
        return sent;
    }

    private string Prefix { get; init; } = "";

    /// <summary>One random step.</summary>
    /// <returns>The number of commands sent.</returns>
    private Task<int> StepAsync()
    {
        step++;
        return random.Next(12) switch
        {
            0 => SetAndGetAsync(random.Next(50) == 0 ? 100_000 : random.Next(2_000)),
            1 => IncrementAsync(),
            2 => HashAsync(),
            3 => ListAsync(),
            4 => SortedSetAsync(),
            5 => ManyKeysAsync(),
            6 => ScriptAsync(),
            7 => WrongTypeAsync(),
            8 => PipelineAsync(),
            9 => TransactionAsync(),
            10 => ExpiryAsync(),
            _ => SetAsync(),
        };
    }

    private async Task<int> SetAndGetAsync(int size)
    {
        var value = new byte[size];
        random.NextBytes(value);
        Check.Equal(true, await database.StringSetAsync(Key("bytes"), value), "SET");
        Check.That(((byte[]?)await database.StringGetAsync(Key("bytes")))!.AsSpan().SequenceEqual(value), "GET answered other bytes");
        return 2;
    }

    private async Task<int> IncrementAsync()
    {
        var by = random.Next(-100, 100);
        Check.Equal(counter + by, await database.StringIncrementAsync(Key("counter"), by), "INCRBY");
        counter += by;
        return 1;
    }

    private async Task<int> HashAsync()
    {
        var (field, value) = ($"field{random.Next(16)}", Token());
        Check.Equal(!hash.ContainsKey(field), await database.HashSetAsync(Key("hash"), field, value), "HSET");
        hash[field] = value;
        var all = await database.HashGetAllAsync(Key("hash"));
        Check.SameItems(hash.OrderBy(e => e.Key), all.Select(e => KeyValuePair.Create((string)e.Name!, (string)e.Value!)).OrderBy(e => e.Key), "HGETALL");
        return 2;
    }

    private async Task<int> ListAsync()
    {
        list.Add(Token());
        Check.Equal(list.Count, await database.ListRightPushAsync(Key("list"), list[^1]), "RPUSH");
        Check.SameItems(list, (await database.ListRangeAsync(Key("list"))).Select(v => (string)v!), "LRANGE");
        if (list.Count < 20)
        {
            return 2;
        }
        Check.SameItems(list.Take(15), (await database.ListLeftPopAsync(Key("list"), 15))!.Select(v => (string)v!), "LPOP 15");
        list.RemoveRange(0, 15);
        return 3;
    }

    private async Task<int> SortedSetAsync()
    {
        var score = random.Next(30);
        Check.Equal(!scores.ContainsKey(score), await database.SortedSetAddAsync(Key("scores"), $"member{score}", score), "ZADD");
        scores[score] = $"member{score}";
        var all = await database.SortedSetRangeByScoreWithScoresAsync(Key("scores"));
        Check.SameItems(scores, all.Select(e => KeyValuePair.Create((int)e.Score, (string)e.Element!)), "ZRANGEBYSCORE");
        return 2;
    }

    private async Task<int> ManyKeysAsync()
    {
        var values = Enumerable.Range(0, 10).Select(i => i % 3 == 0 ? null : Token()).ToArray();
        var pairs = values.Select((value, i) => KeyValuePair.Create(Key($"many{i}"), (RedisValue)value)).Where(p => !p.Value.IsNull).ToArray();
        Check.Equal(true, await database.StringSetAsync(pairs), "MSET");
        Check.SameItems(values, (await database.StringGetAsync([.. Enumerable.Range(0, 10).Select(i => Key($"many{i}"))])).Select(v => (string?)v), "MGET");
        return 2;
    }

    private async Task<int> ScriptAsync()
    {
        var result = await database.ScriptEvaluateAsync(Nested, values: [step]);
        var inner = (RedisResult[])result[1]!;
        var leaf = (RedisResult[])inner[2]!;
        Check.Equal($"{step} {step} 0 True x{step} FINE",
            $"{(long)result[0]} {(string?)inner[0]} {((RedisResult[])inner[1]!).Length} {leaf[0].IsNull} {(string?)leaf[1]} {(string?)result[2]}", "EVALSHA");
        return 1;
    }

    private async Task<int> WrongTypeAsync()
    {
        await database.StringSetAsync(Key("text"), "x");
        try
        {
            await database.ListLeftPushAsync(Key("text"), "y");
        }
        catch (RedisServerException e) when (e.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            return 2;
        }
        throw new StressFailure("LPUSH on a string did not fail");
    }

    private async Task<int> PipelineAsync()
    {
        var tokens = Enumerable.Range(0, 20).Select(_ => Token()).ToArray();
        var answers = await Task.WhenAll(tokens.Select(token => database.ExecuteAsync("ECHO", token)));
        Check.SameItems(tokens, answers.Select(a => (string)a!), "20 ECHO");
        return 20;
    }

    private async Task<int> TransactionAsync()
    {
        var transaction = database.CreateTransaction();
        var added = transaction.StringIncrementAsync(Key("counter"));
        var (token, key) = (Token(), Key("transaction"));
        var set = transaction.StringSetAsync(key, token);
        var get = transaction.StringGetAsync(key);
        Check.Equal(true, await transaction.ExecuteAsync(), "EXEC");
        Check.Equal($"{++counter} True {token}", $"{await added} {await set} {await get}", "MULTI");
        return 5;
    }

    private async Task<int> ExpiryAsync()
    {
        var key = Key("short");
        await database.StringSetAsync(key, "x", TimeSpan.FromMinutes(10));
        var left = await database.KeyTimeToLiveAsync(key);
        Check.That(left > TimeSpan.FromMinutes(5) && left <= TimeSpan.FromMinutes(10), $"PTTL: {left}");
        Check.Equal(true, await database.KeyDeleteAsync(key), "DEL");
        Check.Equal(false, await database.KeyExistsAsync(key), "EXISTS");
        Check.Equal(true, (await database.StringGetAsync(key)).IsNull, "GET of nothing");
        return 5;
    }

    private async Task<int> SetAsync()
    {
        var member = $"member{random.Next(40)}";
        Check.Equal(members.Add(member), await database.SetAddAsync(Key("set"), member), "SADD");
        Check.SameItems(members.Order(), (await database.SetMembersAsync(Key("set"))).Select(v => (string)v!).Order(), "SMEMBERS");
        return 2;
    }

    private RedisKey Key(string name) => $"{Prefix}:{name}";

    private string Token() => string.Create(CultureInfo.InvariantCulture, $"{caller}-{step}-{random.Next()}");
}
