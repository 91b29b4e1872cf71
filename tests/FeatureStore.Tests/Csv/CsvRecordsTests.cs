using MlAspire.FeatureStore.Csv;

namespace MlAspire.FeatureStore.Tests.Csv;

public sealed class CsvRecordsTests
{
    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void Fields_come_back_as_they_were_written_also_across_the_ends_of_buffers(string lineEnd)
    {
        var random = new Random(7);
        string[] texts = ["", "ATL", "a, b", "say \"so\"", "two\nlines", new string('x', 9_000), "\"", ",\n\""];
        string[][] rows = [.. Enumerable.Range(0, 300).Select(_ => new[] { "row", texts[random.Next(texts.Length)], texts[random.Next(texts.Length)] })];
        string[] written = [.. rows.Select(row => string.Join(',', row.Select(field => field.AsSpan().IndexOfAny(",\n\"") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")))];
        using var reader = new StringReader(string.Join(lineEnd, written));
        var records = new CsvRecords(reader, "file.csv");

        for (var (row, line) = (0, 1); row < rows.Length; line += 1 + written[row].Count(c => c == '\n'), row++)
        {
            Assert.True(records.Read());
            Assert.Equal((line, written[row]), (records.Line, records.Record.ToString()));
            Assert.Equal(rows[row], records.Fields.Select(field => field.ToString()));
        }
        Assert.False(records.Read());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\nrow")]
    public void A_record_may_have_so_many_characters_and_not_one_more(string rest)
    {
        using var most = new StringReader(new string('x', CsvRecords.MaxRecordLength) + rest);
        Assert.True(new CsvRecords(most, "file.csv").Read());

        using var more = new StringReader($"\n{new string('x', CsvRecords.MaxRecordLength)}x{rest}");
        Assert.Equal("file.csv, line 2 has a record of more than 1048576 characters.", Assert.Throws<CsvException>(() => new CsvRecords(more, "file.csv").Read()).Message);
    }
}
