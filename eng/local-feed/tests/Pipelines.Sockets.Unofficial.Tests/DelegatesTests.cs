using Pipelines.Sockets.Unofficial;

namespace MlAspire.LocalFeed.Pipelines.Sockets.Unofficial.Tests;

public sealed class DelegatesTests
{
    [Fact]
    public void Single_delegates_come_in_calling_order()
    {
        var called = new List<int>();
        Action all = () => called.Add(1);
        Assert.True(all.IsSingle());
        all += () => called.Add(2);
        all += () => called.Add(3);
        Assert.False(all.IsSingle());

        foreach (var single in all.AsEnumerable())
        {
            Assert.True(single.IsSingle());
            single();
        }

        Assert.Equal([1, 2, 3], called);
        Assert.Empty(((Action?)null).AsEnumerable());
    }

    [Fact]
    public void Enumeration_starts_again_after_reset()
    {
        Action one = () => { };
        var enumerator = one.AsEnumerable().GetEnumerator();
        Assert.True(enumerator.MoveNext());
        Assert.False(enumerator.MoveNext());
        enumerator.Reset();
        Assert.True(enumerator.MoveNext());
        Assert.Same(one, enumerator.Current);
    }
}
