using System.Diagnostics.Metrics;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Logging;

public sealed class RotatingFileTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("mlaspire-logs-").FullName;
    private readonly ManualTimeProvider time = new(new DateTimeOffset(2001, 3, 1, 13, 0, 0, 123, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void File_is_full_at_exactly_its_size_and_no_line_is_split()
    {
        using (var file = File(new() { MaxFileBytes = 1024 }))
        {
            Write(file, new string('a', 511), new string('b', 511), "c");
        }

        Assert.Equal(["gateway-20010301T130000123Z.jsonl.gz", "gateway.jsonl"], Names());
        Assert.Equal($"{new string('a', 511)}\n{new string('b', 511)}\n", Content("gateway-20010301T130000123Z.jsonl.gz"));
        Assert.Equal("c\n", Content("gateway.jsonl"));
    }

    [Fact]
    public void Line_over_the_size_gets_a_file_of_its_own()
    {
        using (var file = File(new() { MaxFileBytes = 1024 }))
        {
            Write(file, new string('a', 5000), "b");
        }

        Assert.Equal($"{new string('a', 5000)}\n", Content("gateway-20010301T130000123Z.jsonl.gz"));
        Assert.Equal("b\n", Content("gateway.jsonl"));
    }

    [Fact]
    public void File_is_closed_at_exactly_its_age()
    {
        using (var file = File(new() { MaxFileAge = TimeSpan.FromHours(1) }))
        {
            Write(file, "first");
            time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromTicks(1));
            Write(file, "still first");
            time.Advance(TimeSpan.FromTicks(1));
            Write(file, "second");
        }

        Assert.Equal("first\nstill first\n", Content("gateway-20010301T130000123Z.jsonl.gz"));
        Assert.Equal("second\n", Content("gateway.jsonl"));
    }

    [Fact]
    public void Archives_over_the_number_go_the_oldest_first()
    {
        using (var file = File(new() { MaxFileAge = TimeSpan.FromMinutes(1), MaxArchives = 2 }))
        {
            for (var minute = 0; minute < 5; minute++)
            {
                Write(file, $"{minute}");
                time.Advance(TimeSpan.FromMinutes(1));
            }
        }

        Assert.Equal(["gateway-20010301T130200123Z.jsonl.gz", "gateway-20010301T130300123Z.jsonl.gz", "gateway.jsonl"], Names());
    }

    [Fact]
    public void Archives_over_the_age_go_and_files_of_others_stay()
    {
        System.IO.File.WriteAllText(Path.Combine(directory, "gateway-notes.jsonl.gz"), "someone else's");
        using (var file = File(new() { MaxFileAge = TimeSpan.FromMinutes(1), MaxArchiveAge = TimeSpan.FromMinutes(2) }))
        {
            for (var minute = 0; minute < 5; minute++)
            {
                Write(file, $"{minute}");
                time.Advance(TimeSpan.FromMinutes(1));
            }
        }

        Assert.Equal(["gateway-20010301T130300123Z.jsonl.gz", "gateway-notes.jsonl.gz", "gateway.jsonl"], Names());
    }

    [Fact]
    public void Archives_over_the_age_go_at_the_start_too()
    {
        System.IO.File.WriteAllText(Path.Combine(directory, "gateway-20010301T125800123Z.jsonl.gz"), "2 minutes old");
        System.IO.File.WriteAllText(Path.Combine(directory, "gateway-20010301T125800124Z.jsonl.gz"), "less");
        using (var file = File(new() { MaxArchiveAge = TimeSpan.FromMinutes(2) }))
        {
            Write(file, "first");
        }

        Assert.Equal(["gateway-20010301T125800124Z.jsonl.gz", "gateway.jsonl"], Names());
    }

    [Fact]
    public void Files_that_a_full_disk_leaves_uncompressed_cost_no_line_count_as_archives_and_are_compressed_when_there_is_room()
    {
        System.IO.File.WriteAllText(Path.Combine(directory, "gateway-20010301T125900123Z.jsonl.gz"), "before");
        foreach (var name in new[] { "gateway-20010301T130000123Z", "gateway-20010301T130100123Z" })
        {
            System.IO.File.CreateSymbolicLink(Path.Combine(directory, $"{name}.jsonl.gz.tmp"), "/dev/full"); // there is no space for what it is compressed to
        }

        using var file = File(new() { MaxFileAge = TimeSpan.FromMinutes(1), MaxArchives = 2 });
        for (var minute = 0; minute < 3; minute++)
        {
            Write(file, $"{minute}");
            time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["gateway-20010301T130000123Z.jsonl", "gateway-20010301T130100123Z.jsonl", "gateway.jsonl"], Names());
        Assert.Equal(["0\n", "1\n"], Names()[..2].Select(Content));

        Write(file, "3");

        Assert.Equal(["gateway-20010301T130100123Z.jsonl.gz", "gateway-20010301T130200123Z.jsonl.gz", "gateway.jsonl"], Names());
        Assert.Equal(["1\n", "2\n"], Names()[..2].Select(Content));
    }

    [Fact]
    public void Full_files_of_the_same_moment_get_different_names()
    {
        using (var file = File(new() { MaxFileBytes = 1024 }))
        {
            Write(file, new string('a', 1000), new string('b', 1000), new string('c', 1000));
        }

        Assert.Equal(["gateway-20010301T130000123Z.jsonl.gz", "gateway-20010301T130000124Z.jsonl.gz", "gateway.jsonl"], Names());
    }

    [Fact]
    public void Line_that_a_crash_has_torn_does_not_spoil_the_next()
    {
        System.IO.File.WriteAllText(Path.Combine(directory, "gateway.jsonl"), "whole\n{\"torn");
        using (var file = File(new()))
        {
            Write(file, "next");
        }

        Assert.Equal("whole\n{\"torn\nnext\n", Content("gateway.jsonl"));
    }

    [Fact]
    public void Directory_that_is_not_there_yet_is_made_and_one_that_cannot_be_made_is_an_error_until_it_can()
    {
        var blocked = Path.Combine(directory, "blocked");
        System.IO.File.WriteAllText(blocked, "a file is in the way");
        using var file = new RotatingFile(new FileLogOptions { Directory = Path.Combine(blocked, "logs") }, "gateway", time);
        Assert.ThrowsAny<IOException>(() => Write(file, "lost"));

        System.IO.File.Delete(blocked);
        Write(file, "kept");
        file.Flush();

        Assert.Equal("kept\n", System.IO.File.ReadAllText(Path.Combine(blocked, "logs", "gateway.jsonl")));
    }

    [Fact]
    public void Lines_are_written_again_when_the_disk_is_full_no_more()
    {
        var current = Path.Combine(directory, "gateway.jsonl");
        System.IO.File.CreateSymbolicLink(current, "/dev/full"); // whatever is written to it finds no space
        using var file = File(new());
        Write(file, "waits to be written with the next lines", new string('a', 5_000));
        Assert.ThrowsAny<IOException>(file.Flush);

        System.IO.File.Delete(current);
        Write(file, "kept");
        file.Flush();

        Assert.Equal("kept\n", System.IO.File.ReadAllText(current));
    }

    [Theory]
    [InlineData(64 << 20)]
    [InlineData(5_000)] // the second line is over MaxFileBytes: the first is written, and lost, in the course of it
    public void Lines_that_a_full_disk_did_not_take_are_counted_as_dropped_every_one(long maxFileBytes)
    {
        System.IO.File.CreateSymbolicLink(Path.Combine(directory, "gateway.jsonl"), "/dev/full");
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        using var metrics = new RecordedMetrics(meters);
        var queue = new LineQueue(File(new() { MaxFileBytes = maxFileBytes }), "file", new TelemetryFlow(meters), time);
        queue.Add(Encoding.UTF8.GetBytes(new string('a', 3_000)), LogLevel.Information);
        queue.Add(Encoding.UTF8.GetBytes(new string('b', 3_000)), LogLevel.Information);
        queue.Dispose();

        Assert.Equal((2, 0), (metrics.Now("telemetry.dropped", ("sink", "file"), ("reason", "write_failed")), metrics.Now("telemetry.bytes", ("signal", "logs"), ("sink", "file"))));
    }

    [Fact]
    public void Lines_that_are_in_a_file_which_cannot_be_closed_are_not_lost()
    {
        using var file = File(new() { MaxFileBytes = 1024 });
        Write(file, new string('a', 1000));
        var moved = Path.Combine(directory, "gateway-20010301T130000123Z.jsonl");
        Directory.CreateDirectory(moved); // stands where the full file is to go
        Assert.ThrowsAny<IOException>(() => Write(file, new string('b', 1000)));
        Directory.Delete(moved);

        Write(file, "c");
        file.Flush();

        Assert.Equal($"{new string('a', 1000)}\nc\n", Content("gateway.jsonl"));
    }

    [Fact]
    public void No_line_of_many_writers_is_lost_or_split_over_rotations()
    {
        const int Lines = 6_000;
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var queue = new LineQueue(
            File(new() { MaxFileBytes = 20_000, MaxArchives = 10_000 }), "file", new TelemetryFlow(services.GetRequiredService<IMeterFactory>()), time);
        Parallel.For(0, Lines, number => queue.Add(Encoding.UTF8.GetBytes($"line {number:D6} {new string('x', number % 100)}\n"), LogLevel.Information));
        queue.Dispose();

        var read = Names().SelectMany(name => Content(name).Split('\n', StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.Equal(Enumerable.Range(0, Lines).Select(number => $"line {number:D6} {new string('x', number % 100)}"), read.Order(StringComparer.Ordinal));
        Assert.InRange(Names().Count, 15, 40);
    }

    [Fact]
    public async Task Service_writes_its_lines_to_the_configured_directory()
    {
        await using (var service = await TestService.StartAsync(arguments: [$"--Logging:File:Directory={directory}", "--OTEL_SERVICE_NAME=gateway"]))
        {
            await service.Client.GetAsync("/nothing");
        }

        var lines = Content("gateway.jsonl").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.All(lines, line => Assert.Equal("gateway", line.GetProperty("service").GetString()));
        var request = Assert.Single(lines, line => line.TryGetProperty("event", out var name) && name.GetString() == "request_completed");
        Assert.Equal(404, request.GetProperty("status_code").GetInt32());
    }

    [Theory]
    [InlineData("MaxFileBytes", "1023")]
    [InlineData("MaxFileBytes", "1073741825")]
    [InlineData("MaxFileAge", "00:00:59")]
    [InlineData("MaxArchives", "-1")]
    [InlineData("MaxArchiveAge", "00:00:59")]
    public async Task Setting_out_of_its_range_is_refused_by_name(string setting, string value)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => TestService.StartAsync(builder => builder.UseSetting($"Logging:File:{setting}", value)));
        Assert.Contains(setting, refused.ToString(), StringComparison.Ordinal);
    }

    private RotatingFile File(FileLogOptions options)
    {
        options.Directory = directory;
        return new RotatingFile(options, "gateway", time);
    }

    private static void Write(RotatingFile file, params string[] lines)
    {
        foreach (var line in lines)
        {
            file.Write(Encoding.UTF8.GetBytes($"{line}\n"), LogLevel.Information);
        }
    }

    private List<string> Names() => [.. Directory.GetFiles(directory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private string Content(string name)
    {
        using Stream raw = System.IO.File.OpenRead(Path.Combine(directory, name));
        using var reader = new StreamReader(name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(raw, CompressionMode.Decompress) : raw);
        return reader.ReadToEnd();
    }
}
