using System.Security.Cryptography;
using System.Text;

namespace MlAspire.Inference.Api.Models.Files;

/// <summary>The bytes that a session is made of, read once: what is hashed is what runs, whatever happens to the files meanwhile. Dispose after the session has been made.</summary>
/// <remarks>External data is copied beside: ONNX Runtime maps such a file for as long as the session lives, so a write to the original would change the answers of a model that serves.</remarks>
internal sealed class ModelSource : IDisposable
{
    private const int BufferBytes = 1 << 20;
    private const int LargeBytes = 16 << 20;

    private ModelSource(byte[] model, long bytes, string sha256, string? externalData) => (Model, Bytes, Sha256, ExternalDataDirectory) = (model, bytes, sha256, externalData);

    /// <summary>The ONNX file; empty once disposed.</summary>
    public byte[] Model { get; private set; }

    /// <summary>Of all files.</summary>
    public long Bytes { get; }

    /// <summary>Lower-case hex: of the ONNX file; with external data, of what <c>sha256sum model.onnx weights.bin</c> prints, the ONNX file first and the others in ordinal order.</summary>
    public string Sha256 { get; }

    /// <summary>A directory of our own with the copies; null when the model has no external data.</summary>
    public string? ExternalDataDirectory { get; }

    /// <exception cref="InvalidDataException">A file is not there, is empty, leads out of the model's directory, or all of them are larger than <paramref name="maxBytes"/>.</exception>
    public static ModelSource Read(ModelDirectory directory, long version, string fileName, long maxBytes)
    {
        var file = directory.VersionFile(version, fileName);
        var model = ReadAll(file, maxBytes);
        var locations = ExternalData.Locations(model);
        if (locations.Count == 0)
        {
            return new ModelSource(model, model.Length, Hex(SHA256.HashData(model)), null);
        }

        var copies = Directory.CreateTempSubdirectory("mlaspire-external-data-").FullName;
        try
        {
            var sums = new StringBuilder($"{Hex(SHA256.HashData(model))}  {fileName}\n");
            var left = maxBytes - model.Length;
            foreach (var location in locations)
            {
                var weights = directory.VersionFile(version, Path.Combine(Path.GetDirectoryName(fileName)!, location)); // beside the model
                left -= weights.Length;
                Require(left >= 0, weights, maxBytes);
                sums.Append($"{Copy(weights, Path.Combine(copies, location))}  {location}\n");
            }

            return new ModelSource(model, maxBytes - left, Hex(SHA256.HashData(Encoding.UTF8.GetBytes(sums.ToString()))), copies);
        }
        catch
        {
            Directory.Delete(copies, recursive: true);
            throw;
        }
    }

    /// <summary>What the session has mapped of the copies stays until the session goes.</summary>
    public void Dispose()
    {
        // The bytes are garbage from here on (this object, which the collector sees in use, must not hold them), and such large ones are looked for rarely.
        var isLarge = Model.Length >= LargeBytes;
        Model = [];
        if (isLarge)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Optimized, blocking: false);
        }

        if (ExternalDataDirectory is not null)
        {
            Directory.Delete(ExternalDataDirectory, recursive: true);
        }
    }

    private static byte[] ReadAll(FileInfo file, long maxBytes)
    {
        using var stream = Open(file);
        Require(stream.Length <= Math.Min(maxBytes, Array.MaxLength), file, Math.Min(maxBytes, Array.MaxLength));
        var bytes = GC.AllocateUninitializedArray<byte>((int)stream.Length);
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <returns>The hash of what was written.</returns>
    private static string Copy(FileInfo file, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var from = Open(file);
        using var to = File.Create(target, bufferSize: 0);
        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(BufferBytes, file.Length));
        for (var left = file.Length; left > 0;)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
            from.ReadExactly(part);
            hash.AppendData(part);
            to.Write(part);
            left -= part.Length;
        }

        return Hex(hash.GetHashAndReset());
    }

    private static FileStream Open(FileInfo file) => new(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private static void Require(bool holds, FileInfo file, long maxBytes)
    {
        if (!holds)
        {
            throw new InvalidDataException($"{file.Name} makes the model larger than {maxBytes} bytes");
        }
    }

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);
}
