using System.IO.Compression;
using System.Text;

namespace MlAspire.LocalFeed;

/// <summary>
/// Reads the files that a .NET single-file program carries. The 8 bytes before the bundle signature hold the offset of a header:
/// major u32, minor u32, file count i32, bundle id, for major 2 and later 40 bytes of offsets and flags; then per file offset i64, size i64,
/// for major 6 and later compressed size i64 (0 = stored, else raw deflate), type u8, path. Strings are length-prefixed UTF-8.
/// </summary>
internal static class SingleFileProgram
{
    /// <summary>SHA-256 of ".net core bundle", the signature of the format.</summary>
    private static readonly byte[] Signature = Convert.FromHexString("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae");

    /// <summary>The carried files in the program's root whose name ends with <paramref name="ending"/>, by name.</summary>
    /// <exception cref="FeedException">The file is no single-file program.</exception>
    public static IReadOnlyDictionary<string, byte[]> Read(string path, string ending)
    {
        var program = File.ReadAllBytes(path);
        var signature = program.AsSpan().IndexOf(Signature);
        if (signature < 8)
        {
            throw new FeedException($"{path} is not a .NET single-file program");
        }

        using var reader = new BinaryReader(new MemoryStream(program), Encoding.UTF8);
        reader.BaseStream.Position = BitConverter.ToInt64(program, signature - 8);
        var major = reader.ReadUInt32();
        reader.ReadUInt32();
        var count = reader.ReadInt32();
        reader.ReadString();
        if (major >= 2)
        {
            reader.BaseStream.Position += 40;
        }

        var files = new Dictionary<string, byte[]>();
        for (var i = 0; i < count; i++)
        {
            var (name, content) = ReadEntry(reader, program, major);
            if (name.EndsWith(ending, StringComparison.Ordinal) && !name.Contains('/', StringComparison.Ordinal))
            {
                files[name] = content();
            }
        }

        return files;
    }

    private static (string Name, Func<byte[]> Content) ReadEntry(BinaryReader reader, byte[] program, uint major)
    {
        var offset = (int)reader.ReadInt64();
        var size = (int)reader.ReadInt64();
        var compressed = major >= 6 ? (int)reader.ReadInt64() : 0;
        reader.ReadByte();
        return (reader.ReadString(), () => compressed == 0 ? program[offset..(offset + size)] : Inflate(program, offset, compressed, size));
    }

    private static byte[] Inflate(byte[] program, int offset, int compressed, int size)
    {
        var content = new byte[size];
        using var deflate = new DeflateStream(new MemoryStream(program, offset, compressed), CompressionMode.Decompress);
        deflate.ReadExactly(content);
        return content;
    }
}
