using System.Reflection;
using System.Runtime.CompilerServices;
using Pipelines.Sockets.Unofficial.Arenas;

namespace MlAspire.LocalFeed.Pipelines.Sockets.Unofficial.Tests;

public sealed class ArenaTests : IDisposable
{
    private const int Block = 16;

    private readonly Arena<Item> arena = new(new ArenaOptions(ArenaFlags.None, Block * Unsafe.SizeOf<Item>()));

    public void Dispose() => arena.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Block)]
    [InlineData(Block + 1)]
    [InlineData(100_000)]
    public void A_sequence_has_the_asked_length_and_holds_what_is_put_in(int length)
    {
        var sequence = arena.Allocate(length);
        Fill(sequence, first: 5);

        Assert.Equal((length, length == 0), (sequence.Length, sequence.IsEmpty));
        Assert.Equal(Enumerable.Range(5, length), ByIndex(sequence));
        Assert.Equal(Enumerable.Range(5, length), ByEnumerator(sequence));
        Assert.Equal(Enumerable.Range(5, length), BySpans(sequence));
        Assert.Equal(Enumerable.Range(5, length), sequence.FirstSpan.ToArray().Select(i => i.Value));
        Assert.True(sequence.IsSingleSegment);
    }

    [Fact]
    public void Sequences_of_one_round_do_not_overlap()
    {
        int[] lengths = [3, Block, 1, 0, 7, Block * 5, 2, Block - 1, Block * 5 + 1, 4];
        for (var round = 0; round < 50; round++)
        {
            var sequences = lengths.Select(l => arena.Allocate(l)).ToList();
            Assert.All(sequences, s => Assert.All(ByIndex(s), v => Assert.Equal(0, v)));
            for (var i = 0; i < sequences.Count; i++)
            {
                Fill(sequences[i], i * 1000);
            }
            for (var i = 0; i < sequences.Count; i++)
            {
                Assert.Equal(Enumerable.Range(i * 1000, lengths[i]), ByIndex(sequences[i]));
            }
            arena.Reset();
            lengths = [.. lengths.Reverse()];
        }
    }

    [Fact]
    public void Nested_sequences_keep_their_shape()
    {
        var outer = arena.Allocate(3);
        for (var i = 0; i < 3; i++)
        {
            var inner = arena.Allocate(Block - 2 + i);
            Fill(inner, i * 100);
            outer[i] = new Item { Value = i, Children = inner.Untyped() };
        }

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Block - 2 + i, outer[i].Children.Length);
            Assert.Equal(Enumerable.Range(i * 100, Block - 2 + i), ByIndex(outer[i].Children.Cast<Item>()));
        }
    }

    [Fact]
    public void Reset_lets_go_of_what_the_elements_referred_to()
    {
        var weak = Remember();
        arena.Reset();
        GC.Collect();

        Assert.All(weak, reference => Assert.False(reference.TryGetTarget(out _)));

        List<WeakReference<object>> Remember() => [.. Enumerable.Range(0, Block * 3).Select(i =>
        {
            var target = new object();
            arena.Allocate(1)[0].Target = target;
            return new WeakReference<object>(target);
        })];
    }

    [Fact]
    public void Memory_of_a_large_answer_is_given_up_after_many_small_ones()
    {
        var large = AllocateLarge();
        arena.Reset();
        Assert.True(IsAlive(large));
        for (var i = 0; i < 32; i++)
        {
            arena.Allocate(1);
            arena.Reset();
        }
        GC.Collect();

        Assert.False(IsAlive(large));

        static bool IsAlive(WeakReference<Array> reference) => reference.TryGetTarget(out _);
    }

    [Fact]
    public void Wrong_use_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Allocate(-1));
        Assert.Throws<IndexOutOfRangeException>(() => arena.Allocate(2)[2]);
        Assert.Throws<IndexOutOfRangeException>(() => arena.Allocate(2)[-1]);
        Assert.Throws<InvalidCastException>(() => arena.Allocate(1).Untyped().Cast<string>());
        Assert.True(default(Sequence).Cast<string>().IsEmpty);
        arena.Dispose();
        Assert.Throws<ObjectDisposedException>(() => arena.Allocate(1));
    }

    [Fact]
    public void Enumerator_moves_to_the_end_and_not_further()
    {
        var sequence = arena.Allocate(2);
        Fill(sequence, 1);
        var enumerator = sequence.GetEnumerator();
        enumerator.GetNext().Value = 10;
        Assert.Equal(2, enumerator.GetNext().Value);
        var failed = false;
        try
        {
            enumerator.GetNext();
        }
        catch (IndexOutOfRangeException)
        {
            failed = true;
        }

        Assert.True(failed);
        Assert.False(enumerator.MoveNext());
        Assert.Equal([10, 2], ByIndex(sequence));
    }

    [Fact]
    public void Projections_copy_element_by_element()
    {
        var sequence = arena.Allocate(3);
        Fill(sequence, 1);
        var target = new string?[4];
        sequence.CopyTo(target, static (in Item item) => (string?)$"#{item.Value}");

        Assert.Equal(new[] { "#1", "#2", "#3", null }, target);
        Assert.Equal([1L, 2L, 3L], sequence.ToArray(static (in Item item) => (long)item.Value));
        Assert.Equal([11, 12, 13], sequence.ToArray(static (in Item item, in int add) => item.Value + add, 10));
        Assert.Empty(default(Sequence<Item>).ToArray(static (in Item item) => item.Value));
        Assert.Throws<InvalidOperationException>(() => sequence.CopyTo(new string[2], static (in Item _) => ""));
    }

    // Nothing public shows which arrays an arena holds. The array must not stay on the test's stack.
    private WeakReference<Array> AllocateLarge()
    {
        arena.Allocate(1_000_000);
        var field = typeof(Arena<Item>).GetField("block", BindingFlags.NonPublic | BindingFlags.Instance)!;
        return new((Array)field.GetValue(arena)!);
    }

    private static void Fill(Sequence<Item> sequence, int first)
    {
        foreach (ref var item in sequence)
        {
            item.Value = first++;
        }
    }

    private static List<int> ByIndex(Sequence<Item> sequence) => [.. Enumerable.Range(0, (int)sequence.Length).Select(i => sequence[i].Value)];

    private static List<int> ByEnumerator(Sequence<Item> sequence)
    {
        var values = new List<int>();
        foreach (var item in sequence)
        {
            values.Add(item.Value);
        }
        return values;
    }

    private static List<int> BySpans(Sequence<Item> sequence)
    {
        var values = new List<int>();
        foreach (var span in sequence.Spans)
        {
            foreach (var item in span)
            {
                values.Add(item.Value);
            }
        }
        return values;
    }

    private struct Item
    {
        public int Value;
        public object? Target;
        public Sequence Children;
    }
}
