using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class AuditLogTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("audit-");

    private string Path => System.IO.Path.Combine(folder.FullName, AuditLog.FileName);

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Records_are_lines_and_their_index_goes_on_after_a_restart()
    {
        using (var log = Open())
        {
            Assert.Equal(0, await log.AppendAsync(["a"u8.ToArray(), "b"u8.ToArray()], CancellationToken.None));
            Assert.Equal(2, await log.AppendAsync(["c"u8.ToArray()], CancellationToken.None));
        }

        using var again = Open();

        Assert.Equal(3, await again.AppendAsync(["d"u8.ToArray()], CancellationToken.None));
        Assert.Equal("a\nb\nc\nd\n", Text());
    }

    [Fact]
    public async Task A_torn_last_record_is_cut_off_at_the_start()
    {
        await File.WriteAllTextAsync(Path, "a\nb\n{\"torn\":");

        using var log = Open();

        Assert.Equal(2, await log.AppendAsync(["c"u8.ToArray()], CancellationToken.None));
        Assert.Equal("a\nb\nc\n", Text());
    }

    [Fact]
    public async Task Parallel_writers_get_distinct_indices_and_whole_neighbouring_lines()
    {
        using var log = Open();

        var indices = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => log.AppendAsync([Record(i, 0), Record(i, 1)], CancellationToken.None))));

        var lines = Text().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(400, lines.Length);
        Assert.Equal(Enumerable.Range(0, 200).SelectMany(i => (string[])[$"{i}.0", $"{i}.1"]), indices.SelectMany(index => (string[])[lines[index], lines[index + 1]]));

        static byte[] Record(int writer, int row) => System.Text.Encoding.UTF8.GetBytes($"{writer}.{row}");
    }

    [Fact]
    public void A_second_writer_on_the_same_folder_does_not_start()
    {
        using var log = Open();

        Assert.Throws<IOException>(Open);
    }

    [Fact]
    public async Task A_waiting_writer_can_be_cancelled_and_then_nothing_is_written()
    {
        using var log = Open();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => log.AppendAsync(["a"u8.ToArray()], cancelled.Token));

        Assert.Equal(("", 0L), (Text(), log.Count));
    }

    private AuditLog Open() => new(Options.Create(new AuditOptions { Directory = folder.FullName }), NullLogger<AuditLog>.Instance);

    private string Text()
    {
        using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }
}
