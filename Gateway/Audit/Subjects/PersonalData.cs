using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace MlAspire.Gateway.Audit.Subjects;

/// <summary>The part of a record that belongs to its subject, encrypted by the subject's key, as the record's property <c>personal</c>.</summary>
/// <remarks>
/// <c>{"key": 17, "commitment": "...", "data": "..."}</c>: the key's slot; SHA-256 of the plain text, by which one who is given it can tell that it is the one; nonce, AES-256-GCM cipher text and tag. Both in base64.
/// The plain text is an object whose first property is a random <c>salt</c>, so that nobody finds it by trying. The log's hashes are over this form: proofs stay true when the key is gone.
/// </remarks>
internal static class PersonalData
{
    public const string Property = "personal";

    /// <summary>What a part is whose key was destroyed.</summary>
    public const string Erased = "erased";

    /// <summary>What a part is whose key is damaged or lost.</summary>
    public const string Unreadable = "unreadable";

    private const string Salt = "salt";
    private const string KeySlot = "key";
    private const string Commitment = "commitment";
    private const string Data = "data";
    private const int SaltBytes = 16;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private static readonly byte[] Mark = [.. "\"personal\":{\"key\":"u8];

    /// <summary>Writes the property.</summary>
    /// <param name="json">The record.</param>
    /// <param name="key">The subject's.</param>
    /// <param name="write">Writes the properties that are encrypted.</param>
    public static void Write(Utf8JsonWriter json, SubjectKey key, Action<Utf8JsonWriter> write)
    {
        using var plain = new MemoryStream();
        using (var inner = new Utf8JsonWriter(plain))
        {
            inner.WriteStartObject();
            inner.WriteBase64String(Salt, RandomNumberGenerator.GetBytes(SaltBytes));
            write(inner);
            inner.WriteEndObject();
        }

        var text = plain.GetBuffer().AsSpan(0, (int)plain.Length);
        var data = new byte[NonceBytes + text.Length + TagBytes];
        RandomNumberGenerator.Fill(data.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key.Bytes, TagBytes);
        aes.Encrypt(data.AsSpan(0, NonceBytes), text, data.AsSpan(NonceBytes, text.Length), data.AsSpan(NonceBytes + text.Length));
        json.WriteStartObject(Property);
        json.WriteNumber(KeySlot, key.Slot);
        json.WriteBase64String(Commitment, SHA256.HashData(text));
        json.WriteBase64String(Data, data);
        json.WriteEndObject();
    }

    /// <summary>Whether a record has such a part.</summary>
    public static bool IsIn(ReadOnlySpan<byte> record) => record.IndexOf(Mark) >= 0;

    /// <summary>The slot of the key that the part of a request's record was encrypted by; 0 when it has none.</summary>
    public static long SlotOf(ReadOnlySpan<byte> record) =>
        AuditRecord.IsOfRequest(record) && record.IndexOf(Mark) is var at and >= 0 && Utf8Parser.TryParse(record[(at + Mark.Length)..], out long slot, out _) ? slot : 0;

    /// <summary>The plain text of a record's part; null when it has none, or the key was erased.</summary>
    /// <exception cref="InvalidDataException">The key is damaged or lost, or another one than the part was encrypted by.</exception>
    public static byte[]? Decrypt(byte[] record, SubjectKeys keys)
    {
        if (!IsIn(record) || !JsonElement.Parse(record).TryGetProperty(Property, out var personal) || keys.Read(personal.GetProperty(KeySlot).GetInt64()) is not { } key)
        {
            return null;
        }

        var data = personal.GetProperty(Data).GetBytesFromBase64();
        var plain = new byte[data.Length - NonceBytes - TagBytes];
        try
        {
            using var aes = new AesGcm(key, TagBytes);
            aes.Decrypt(data.AsSpan(0, NonceBytes), data.AsSpan(NonceBytes, plain.Length), data.AsSpan(NonceBytes + plain.Length), plain);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new InvalidDataException("The key file has another key than the record was encrypted by.", e);
        }

        return plain;
    }

    /// <summary>The record as who may read it reads it: with the properties of the plain text in the part's place, or <c>"personal": {"key": 17, "erased": true}</c>, or <c>"unreadable": true</c> when the key is damaged or lost.</summary>
    public static byte[] Readable(byte[] record, SubjectKeys keys)
    {
        try
        {
            return IsIn(record) ? Replaced(record, Decrypt(record, keys)) : record;
        }
        catch (InvalidDataException)
        {
            return Replaced(record, null, Unreadable);
        }
    }

    /// <summary>Whether <paramref name="plain"/> is what the part of the record was encrypted from.</summary>
    public static bool IsOf(byte[] record, byte[] plain) =>
        JsonElement.Parse(record).TryGetProperty(Property, out var personal) && personal.GetProperty(Commitment).GetBytesFromBase64().AsSpan().SequenceEqual(SHA256.HashData(plain));

    /// <summary>The record with the plain text in the part's place; null = there is none, because it is <paramref name="gone"/>.</summary>
    public static byte[] Replaced(byte[] record, byte[]? plain, string gone = Erased)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var property in JsonElement.Parse(record).EnumerateObject())
            {
                if (property.Name != Property)
                {
                    property.WriteTo(json);
                }
                else if (plain is null)
                {
                    json.WriteStartObject(Property);
                    json.WriteNumber(KeySlot, property.Value.GetProperty(KeySlot).GetInt64());
                    json.WriteBoolean(gone, true);
                    json.WriteEndObject();
                }
                else
                {
                    foreach (var own in JsonElement.Parse(plain).EnumerateObject().Where(own => own.Name != Salt))
                    {
                        own.WriteTo(json);
                    }
                }
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
