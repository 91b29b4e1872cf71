using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Logging;

public sealed class StandardStreamsTests
{
    private readonly Pipe output = new();
    private readonly Pipe error = new();

    [Fact]
    public void Lines_from_a_level_on_go_to_stderr()
    {
        using var streams = Streams();
        Assert.False(streams.Write("info\n"u8, LogLevel.Information));
        Assert.True(streams.Write("warning\n"u8, LogLevel.Warning));
        Assert.True(streams.Write("error\n"u8, LogLevel.Error));
        streams.Flush();
        streams.Flush();
        Assert.Equal(("info\n", "warning\nerror\n"), (output.Text, error.Text));
    }

    [Fact]
    public void What_was_counted_as_lost_does_not_come_later_and_the_line_that_was_torn_stays_by_itself()
    {
        using var streams = Streams();
        output.Room = 12;
        streams.Write("{\"number\":1}\n"u8, LogLevel.Information);
        streams.Write("{\"number\":2}\n"u8, LogLevel.Information);
        Assert.Throws<IOException>(streams.Flush);
        streams.Flush(); // there is nothing more

        output.Room = 1000;
        streams.Write("{\"number\":3}\n"u8, LogLevel.Information);
        streams.Flush();
        streams.Write("{\"number\":4}\n"u8, LogLevel.Information);
        streams.Flush();

        Assert.Equal("{\"number\":1}\n{\"number\":3}\n{\"number\":4}\n", output.Text);
    }

    [Fact]
    public void A_line_that_stderr_tore_stays_by_itself_too()
    {
        using var streams = Streams();
        error.Room = 3;
        Assert.Throws<IOException>(() => streams.Write("first\n"u8, LogLevel.Error));

        error.Room = 1000;
        streams.Write("second\n"u8, LogLevel.Error);

        Assert.Equal("fir\nsecond\n", error.Text);
    }

    [Fact]
    public void Lines_that_are_on_stderr_are_not_lost_when_those_for_stdout_are()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var metrics = new RecordedMetrics(meters);
        var queue = new LineQueue(Streams(), "console", new TelemetryFlow(meters), new ManualTimeProvider());
        output.Room = 0;
        queue.Add("1\n"u8, LogLevel.Information);
        queue.Add("22\n"u8, LogLevel.Error);
        queue.Add("333\n"u8, LogLevel.Information);
        queue.Add("4444\n"u8, LogLevel.Warning);
        queue.Dispose();

        Assert.Equal("22\n4444\n", error.Text);
        Assert.Equal((4, 2, 2, 8), (metrics.Now("telemetry.produced"), metrics.Now("telemetry.exported"), metrics.Now("telemetry.dropped", ("reason", "write_failed")), metrics.Now("telemetry.bytes")));
    }

    private StandardStreams Streams() => new(output.Write, error.Write, LogLevel.Warning);

    /// <summary>Takes what there is room for, and throws when that is not all.</summary>
    private sealed class Pipe
    {
        private readonly List<byte> taken = [];

        public int Room { get; set; } = 1000;

        public string Text => Encoding.UTF8.GetString([.. taken]);

        public void Write(ReadOnlySpan<byte> bytes)
        {
            var fits = Math.Min(Room, bytes.Length);
            taken.AddRange(bytes[..fits]);
            Room -= fits;
            if (fits < bytes.Length)
            {
                throw new IOException("no room");
            }
        }
    }
}
