using System.Security.Cryptography;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Gateway.Audit.Proofs;

/// <summary>The key that signs or checks checkpoints: ECDSA P-256 with SHA-256, signatures in DER.</summary>
internal sealed class CheckpointKey : IDisposable
{
    private const int IdBytes = 4;

    private readonly ECDsa key;
    private readonly Lock gate = new(); // guards the key: its operations are not documented as thread-safe

    private CheckpointKey(ECDsa key)
    {
        this.key = key;
        Id = SHA256.HashData(key.ExportSubjectPublicKeyInfo())[..IdBytes];
    }

    /// <summary>The first 4 bytes of SHA-256 over the public key (SPKI, DER).</summary>
    public byte[] Id { get; }

    /// <summary>The public key in PEM, for those who check.</summary>
    public string PublicPem => key.ExportSubjectPublicKeyInfoPem();

    /// <summary>The private key in the file, made there, readable by its owner only, when it is missing.</summary>
    public static CheckpointKey ReadOrMake(string file) => FromPem(SecretFile.ReadOrMake(file, () =>
    {
        using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return made.ExportPkcs8PrivateKeyPem();
    }));

    /// <summary>A private or a public key in PEM.</summary>
    /// <exception cref="ArgumentException">It is not one.</exception>
    public static CheckpointKey FromPem(string pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return new(key);
    }

    /// <summary>All keys in PEM, in their order.</summary>
    /// <exception cref="ArgumentException">There is none, or one of them is none.</exception>
    public static IReadOnlyList<CheckpointKey> AllFromPem(string pem)
    {
        List<CheckpointKey> keys = [];
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var found))
        {
            keys.Add(FromPem(rest[found.Location].ToString()));
            rest = rest[found.Location.End..];
        }

        return keys.Count > 0 ? keys : throw new ArgumentException("There is no key in PEM.", nameof(pem));
    }

    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        lock (gate)
        {
            return key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
    }

    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        lock (gate)
        {
            return key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
    }

    public void Dispose() => key.Dispose();
}
