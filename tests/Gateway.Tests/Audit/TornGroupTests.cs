using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Tests.Hosting;

namespace MlAspire.Gateway.Tests.Audit;

/// <summary>What a loss of power leaves of records that are written together: any of the pages, and any length. The pages are filled with zeros where they were lost.</summary>
public sealed class TornGroupTests : IDisposable
{
    private const int Page = 4_096;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("audit-torn-");

    private string LogPath => WrittenAudit.FirstSegment(folder.FullName);

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Whatever_pages_are_left_of_the_last_group_it_is_cut_off_whole_and_the_log_goes_on()
    {
        var (file, first, last) = await WriteAsync();
        var pages = PagesOf(last, file.Length);
        Assert.Equal(6, pages.Length);

        for (var lost = 1; lost < 1 << pages.Length; lost++)
        {
            await ReopenAsync(WithoutPages(file, last, [.. pages.Where((_, page) => (lost >> page & 1) == 1)]), first);
        }
    }

    [Fact]
    public async Task Wherever_the_last_group_ends_too_early_it_is_cut_off_whole_and_the_log_goes_on()
    {
        var (file, first, last) = await WriteAsync();
        int[] lineEnds = [.. Enumerable.Range(last, file.Length - last - 1).Where(at => file[at] == '\n').Select(at => at + 1)];

        foreach (var length in PagesOf(last, file.Length).Skip(1).Concat(lineEnds).Append(last + 1).Append(file.Length - 1))
        {
            await ReopenAsync(file[..length], first);
        }
    }

    [Fact]
    public async Task A_page_that_is_lost_before_the_last_group_is_no_torn_write_and_the_log_does_not_open()
    {
        var (file, _, last) = await WriteAsync();

        foreach (var page in PagesOf(0, last))
        {
            await File.WriteAllBytesAsync(LogPath, WithoutPages(file, 0, [page]));
            Assert.Contains("is damaged, and there are whole records behind it", Assert.Throws<InvalidDataException>(Open).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_group_without_its_last_record_is_no_torn_write_when_another_one_follows()
    {
        var (file, _, last) = await WriteAsync();
        var before = file.AsSpan(0, last - 1).LastIndexOf((byte)'\n') + 1;

        await File.WriteAllBytesAsync(LogPath, [.. file[..before], .. file[last..]]);

        Assert.Throws<InvalidDataException>(Open);
    }

    /// <summary>One record, then three groups of 16 whose pages overlap.</summary>
    /// <returns>The file, the records before the last group, and where that begins.</returns>
    private async Task<(byte[] File, string[] Before, int Last)> WriteAsync()
    {
        var (log, last) = (Open(), 0);
        using (log)
        {
            await AppendAsync(log, ["{}"]);
            for (var group = 0; group < 3; group++)
            {
                last = (int)new FileInfo(LogPath).Length;
                await AppendAsync(log, [.. Enumerable.Range(0, 16).Select(i => string.Create(CultureInfo.InvariantCulture, $"{{\"group\":{group},\"i\":{i},\"x\":\"{new string('x', 1_300)}\"}}"))]);
            }
        }

        return (await File.ReadAllBytesAsync(LogPath), WrittenAudit.Records(folder.FullName)[..33], last);
    }

    private async Task ReopenAsync(byte[] torn, string[] before)
    {
        foreach (var segment in folder.EnumerateFiles("audit-*.log"))
        {
            segment.Delete();
        }

        await File.WriteAllBytesAsync(LogPath, torn);
        using var log = Open();
        Assert.Equal(33, log.Count);
        await AppendAsync(log, ["next"]);
        Assert.Equal([.. before, "next"], WrittenAudit.Records(folder.FullName));
    }

    /// <summary>Where the pages begin that hold bytes of <c>[from, to)</c>.</summary>
    private static int[] PagesOf(int from, int to) => [.. Enumerable.Range(from / Page, ((to - 1) / Page) - (from / Page) + 1).Select(page => page * Page)];

    private static byte[] WithoutPages(byte[] file, int from, int[] pages)
    {
        var left = file.ToArray();
        foreach (var page in pages)
        {
            var start = Math.Max(page, from);
            left.AsSpan(start, Math.Min(page + Page, left.Length) - start).Clear();
        }

        return left;
    }

    private static Task<AuditPosition> AppendAsync(AuditLog log, string[] records) => log.AppendAsync([.. records.Select(Encoding.UTF8.GetBytes)], TestContext.Current.CancellationToken);

    private AuditLog Open() => new(Options.Create(new AuditOptions { Directory = folder.FullName }), NullLogger<AuditLog>.Instance, TimeProvider.System);
}
