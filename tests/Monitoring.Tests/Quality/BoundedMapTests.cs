using MlAspire.Monitoring.Quality;

namespace MlAspire.Monitoring.Tests.Quality;

public sealed class BoundedMapTests
{
    [Fact]
    public void At_capacity_the_key_that_came_first_goes()
    {
        var map = new BoundedMap<int>(2);

        Assert.Equal([false, false, false, true], [map.Set("a", 1), map.Set("b", 2), map.Set("a", 3), map.Set("c", 4)]);
        Assert.Equal([(false, 0), (true, 2), (true, 4)], [Get(map, "a"), Get(map, "b"), Get(map, "c")]);
    }

    [Fact]
    public void A_key_that_was_removed_and_set_again_is_new()
    {
        var map = new BoundedMap<int>(2);
        map.Set("a", 1);
        map.Set("b", 2);
        Assert.Equal((true, false), (map.Remove("a"), map.Remove("a")));
        map.Set("a", 3);
        map.Set("c", 4);

        Assert.Equal([(true, 3), (false, 0), (true, 4)], [Get(map, "a"), Get(map, "b"), Get(map, "c")]);
    }

    [Fact]
    public void It_agrees_with_a_plain_list_over_a_long_random_history()
    {
        var (map, list, random) = (new BoundedMap<int>(5), new List<(string Key, int Value)>(), new Random(3));
        for (var i = 0; i < 20_000; i++)
        {
            var key = $"{random.Next(12)}";
            var at = list.FindIndex(entry => entry.Key == key);
            if (random.Next(3) == 0)
            {
                Assert.Equal(at >= 0, map.Remove(key));
                list.RemoveAll(entry => entry.Key == key);
                continue;
            }

            var full = at < 0 && list.Count == 5;
            if (full)
            {
                list.RemoveAt(0);
            }

            if (at >= 0)
            {
                list[at] = (key, i);
            }
            else
            {
                list.Add((key, i));
            }

            Assert.Equal(full, map.Set(key, i));
            Assert.Equal(list.Select(entry => (true, entry.Value)), list.Select(entry => Get(map, entry.Key)));
            Assert.Equal(list.Count, map.Count);
        }
    }

    private static (bool, int) Get(BoundedMap<int> map, string key) => (map.TryGet(key, out var value), value);
}
