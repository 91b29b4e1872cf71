using System.Text;
using MlAspire.Monitoring.LogRules;
using MlAspire.Monitoring.Tests.Logs;

namespace MlAspire.Monitoring.Tests.LogRules;

public sealed class LogTailTests : IDisposable
{
    private readonly LogsFolder folder = new();
    private readonly string file;

    public LogTailTests()
    {
        file = folder.FileOf("gateway");
        File.WriteAllText(file, "old\n");
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "old")]
    public void What_was_there_counts_only_when_it_is_asked_for(bool fromEnd, string lines)
    {
        using var tail = new LogTail(file, fromEnd);

        Assert.Equal(lines, New(tail));
    }

    [Fact]
    public void A_line_is_read_once_and_whole()
    {
        using var tail = new LogTail(file, fromEnd: true);
        File.AppendAllText(file, "one\ntw");
        Assert.Equal("one", New(tail));

        File.AppendAllText(file, "o\nthree\n");
        Assert.Equal("two,three", New(tail));
        Assert.Equal("", New(tail));
    }

    [Theory]
    [InlineData("new\n", "last,new")]
    [InlineData("a new file that is longer than the old one was\n", "last,a new file that is longer than the old one was")]
    public void Across_a_rotation_no_line_is_lost_or_read_twice(string begun, string lines)
    {
        using var tail = new LogTail(file, fromEnd: true);
        File.AppendAllText(file, "last\n");
        File.Move(file, file + ".closed");
        File.Delete(file + ".closed");
        File.WriteAllText(file, begun);

        Assert.Equal(lines, New(tail));
        Assert.Equal("", New(tail));
        File.AppendAllText(file, "next\n");
        Assert.Equal("next", New(tail));
    }

    private static string New(LogTail tail)
    {
        var lines = new List<string>();
        tail.Read(line => lines.Add(Encoding.UTF8.GetString(line)), CancellationToken.None);
        return string.Join(',', lines);
    }
}
