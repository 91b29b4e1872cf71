namespace MlAspire.Gateway.Pipeline.Columns;

/// <summary>A named column of one type, one value a row; docs/columns.md has the bytes.</summary>
internal abstract record Column(string Name)
{
    public const string ContentType = "application/vnd.mlaspire.columns";

    /// <summary>First bytes of a body; the last one is the version of the form.</summary>
    public static ReadOnlySpan<byte> Magic => "MLC1"u8;
}

/// <summary>Type 1: IEEE 754 numbers of 64 bits.</summary>
internal sealed record NumberColumn(string Name, double[] Values) : Column(Name)
{
    public const byte Type = 1;
}

/// <summary>Type 2: moments with their UTC offset; null stands for what is none.</summary>
internal sealed record TimeColumn(string Name, DateTimeOffset?[] Values) : Column(Name)
{
    public const byte Type = 2;

    /// <summary>Microseconds since 1970 in UTC (64 bits), and the offset in minutes (16 bits).</summary>
    public const int ValueBytes = sizeof(long) + sizeof(short);
}

/// <summary>Type 3: texts in UTF-8; null stands for what is none.</summary>
internal sealed record TextColumn(string Name, string?[] Values) : Column(Name)
{
    public const byte Type = 3;
}
