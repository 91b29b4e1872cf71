using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MlAspire.Testing;

/// <summary>A real Redis Cluster of three nodes on free ports of this machine, without replicas, empty, each node with a third of the slots.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16_384;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mlaspire-cluster-");
    private readonly List<RedisServer> nodes = [];

    private RedisCluster() { }

    public IReadOnlyList<RedisServer> Nodes => nodes;

    /// <summary>Returns when every node says that the cluster is up.</summary>
    public static async Task<RedisCluster> StartAsync()
    {
        var cluster = new RedisCluster();
        try
        {
            for (var node = 0; node < 3; node++)
            {
                cluster.nodes.Add(await cluster.StartNodeAsync(node));
            }
            await cluster.JoinAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks one node.</summary>
    /// <returns>Its answer as text, an array's elements apart.</returns>
    /// <exception cref="InvalidOperationException">The answer is an error.</exception>
    public static async Task<string[]> AskAsync(RedisServer node, params string[] command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, node.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"*{command.Length}\r\n{string.Concat(command.Select(word => $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n"))}"));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await ReadAsync(reader);
    }

    /// <summary>The node that a slot belongs to.</summary>
    public async Task<RedisServer> OwnerAsync(int slot)
    {
        foreach (var line in (await AskAsync(nodes[0], "CLUSTER", "NODES"))[0].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ');
            var owns = words.Skip(8).Where(range => !range.StartsWith('[')).Select(range => range.Split('-')).Any(range => Number(range[0]) <= slot && slot <= Number(range[^1]));
            if (owns)
            {
                return nodes.Single(node => words[1].Contains($":{node.Port}@", StringComparison.Ordinal));
            }
        }
        throw new InvalidOperationException($"slot {slot} has no node");
    }

    /// <summary>Begins to move a slot: from now on its new keys are made on <paramref name="to"/>.</summary>
    public static async Task BeginMoveAsync(int slot, RedisServer from, RedisServer to)
    {
        await AskAsync(to, "CLUSTER", "SETSLOT", Text(slot), "IMPORTING", await IdAsync(from));
        await AskAsync(from, "CLUSTER", "SETSLOT", Text(slot), "MIGRATING", await IdAsync(to));
    }

    /// <summary>Moves up to <paramref name="count"/> keys of a slot whose move was begun.</summary>
    /// <returns>False when there was none.</returns>
    public static async Task<bool> MoveKeysAsync(int slot, RedisServer from, RedisServer to, int count)
    {
        var keys = await AskAsync(from, "CLUSTER", "GETKEYSINSLOT", Text(slot), Text(count));
        if (keys.Length > 0)
        {
            await AskAsync(from, ["MIGRATE", "127.0.0.1", Text(to.Port), "", "0", "5000", "KEYS", .. keys]);
        }
        return keys.Length > 0;
    }

    /// <summary>Ends a move: the slot belongs to <paramref name="to"/>.</summary>
    public async Task EndMoveAsync(int slot, RedisServer from, RedisServer to)
    {
        var id = await IdAsync(to);
        foreach (var node in new[] { to, from }.Concat(nodes).Distinct())
        {
            await AskAsync(node, "CLUSTER", "SETSLOT", Text(slot), "NODE", id);
        }
    }

    /// <summary>Until every node says that the cluster is up.</summary>
    public Task UpAsync() => Eventually.TrueAsync("the cluster to be up", async () =>
    {
        var states = await Task.WhenAll(nodes.Select(node => AskAsync(node, "CLUSTER", "INFO")));
        return states.All(state => state[0].Contains("cluster_state:ok", StringComparison.Ordinal) && state[0].Contains("cluster_known_nodes:3", StringComparison.Ordinal));
    });

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }
        folder.Delete(recursive: true);
    }

    // A node that comes back finds its slots in its file.
    private Task<RedisServer> StartNodeAsync(int node) => RedisServer.StartAsync(() =>
        ["--cluster-enabled", "yes", "--cluster-port", Text(FreePort.Take()), "--cluster-config-file", Path.Combine(folder.FullName, $"{node}.conf")]);

    private async Task JoinAsync()
    {
        for (var node = 0; node < nodes.Count; node++)
        {
            await AskAsync(nodes[node], "CLUSTER", "ADDSLOTSRANGE", Text(Slots * node / nodes.Count), Text(Slots * (node + 1) / nodes.Count - 1));
            await AskAsync(nodes[node], "CLUSTER", "SET-CONFIG-EPOCH", Text(node + 1));
            var bus = (await AskAsync(nodes[node], "CONFIG", "GET", "cluster-port"))[1];
            if (node > 0)
            {
                await AskAsync(nodes[0], "CLUSTER", "MEET", "127.0.0.1", Text(nodes[node].Port), bus);
            }
        }
        await UpAsync();
    }

    private static async Task<string> IdAsync(RedisServer node) => (await AskAsync(node, "CLUSTER", "MYID"))[0];

    private static async Task<string[]> ReadAsync(StreamReader reader)
    {
        var line = (await reader.ReadLineAsync())!;
        switch (line[0])
        {
            case '-': throw new InvalidOperationException(line);
            case '$' when Number(line[1..]) is >= 0 and var length:
                var text = new char[length + 2]; // what is asked for is ASCII
                await reader.ReadBlockAsync(text);
                return [new string(text, 0, length)];
            case '*':
                var elements = new List<string>();
                for (var left = Number(line[1..]); left > 0; left--)
                {
                    elements.AddRange(await ReadAsync(reader));
                }
                return [.. elements];
            default: return [line[1..]];
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
