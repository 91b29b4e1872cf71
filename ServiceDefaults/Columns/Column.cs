namespace MlAspire.ServiceDefaults.Columns;

/// <summary>A named column of one type, one value a row; docs/columns.md has the bytes.</summary>
public abstract record Column(string Name)
{
    public const string ContentType = "application/vnd.mlaspire.columns";

    /// <summary>First bytes of a body; the last one is the version of the form.</summary>
    internal static ReadOnlySpan<byte> Magic => "MLC1"u8;
}

/// <summary>Type 1: IEEE 754 numbers of 64 bits.</summary>
public sealed record NumberColumn(string Name, double[] Values) : Column(Name)
{
    internal const byte Type = 1;
}

/// <summary>Type 2: moments with their UTC offset; null stands for what is none.</summary>
public sealed record TimeColumn(string Name, DateTimeOffset?[] Values) : Column(Name)
{
    internal const byte Type = 2;

    /// <summary>Microseconds since 1970 in UTC (64 bits), and the offset in minutes (16 bits).</summary>
    internal const int ValueBytes = sizeof(long) + sizeof(short);
}

/// <summary>Type 3: texts in UTF-8; null stands for what is none.</summary>
public sealed record TextColumn(string Name, string?[] Values) : Column(Name)
{
    internal const byte Type = 3;
}

/// <summary>Type 4: IEEE 754 numbers of 32 bits.</summary>
public sealed record FloatColumn(string Name, float[] Values) : Column(Name)
{
    internal const byte Type = 4;
}

/// <summary>Type 5: whole numbers of 64 bits, signed.</summary>
public sealed record WholeNumberColumn(string Name, long[] Values) : Column(Name)
{
    internal const byte Type = 5;
}

/// <summary>Type 6: whole numbers from 0 to 255.</summary>
public sealed record ByteColumn(string Name, byte[] Values) : Column(Name)
{
    internal const byte Type = 6;
}
