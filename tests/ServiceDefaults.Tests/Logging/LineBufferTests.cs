using System.Text;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Logging;

namespace MlAspire.ServiceDefaults.Tests.Logging;

public sealed class LineBufferTests
{
    [Fact]
    public void Lines_come_out_as_they_went_in_also_after_it_has_grown_and_been_used_again()
    {
        var buffer = new LineBuffer();
        foreach (var letter in "ab")
        {
            string[] lines = [$"{letter}", "", new string(letter, 2 << 20), $"{letter}{letter}"];
            Assert.All(lines, (line, index) => Assert.True(buffer.TryAdd(Encoding.UTF8.GetBytes(line), (LogLevel)index)));

            Assert.Equal(lines.Length, buffer.Count);
            Assert.All(lines, (line, index) => Assert.Equal((line, (LogLevel)index), (Encoding.UTF8.GetString(buffer.LineAt(index, out var level)), level)));
            buffer.Clear();
            Assert.Equal(0, buffer.Count);
        }
    }

    [Fact]
    public void A_line_that_would_be_over_the_limit_is_not_taken_and_a_shorter_one_is()
    {
        var buffer = new LineBuffer();
        Assert.True(buffer.TryAdd(new byte[LineBuffer.MaxBytes - 1], LogLevel.Information));
        Assert.False(buffer.TryAdd(new byte[2], LogLevel.Information));
        Assert.True(buffer.TryAdd(new byte[1], LogLevel.Information));
        Assert.Equal(2, buffer.Count);
    }
}
