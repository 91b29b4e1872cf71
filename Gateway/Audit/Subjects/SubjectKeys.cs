using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Gateway.Audit.Subjects;

/// <summary>A subject's key.</summary>
/// <param name="Slot">Its place in the key file, by which records name it.</param>
/// <param name="Bytes">AES-256.</param>
internal sealed record SubjectKey(long Slot, byte[] Bytes);

/// <summary>The keys of the subjects, one each, made on first use and wrapped by a master key: <c>subjects.keys</c> beside the log. Whose key is erased, their records cannot be read again.</summary>
/// <remarks>
/// A slot of the file has 128 bytes: HMAC-SHA-256 of the subject (32), a nonce (12), the key under AES-256-GCM with the master key (32), its tag (16), zeros; an erased one has zeros only. Slot 0 holds a check of the master key.
/// Keys are read from the file when they are needed: only who has which slot is in memory, about 50 bytes a subject. No slot is used twice. Thread-safe.
/// Slots that the log says were used and the file lost are none of them: the keys do not open until someone has said so.
/// Who needs a new key waits until the file (<see cref="SubjectKeyFile"/>) is forced to disk, 1,024 at the most; beyond, and while the disk hangs, no key is made.
/// </remarks>
internal sealed class SubjectKeys : IDisposable
{
    private const string FileName = "subjects.keys";
    private const string MasterName = "subjects.master";
    private const int KeyBytes = 32;
    private const int TagBytes = 16;
    private const int SlotBytes = SubjectKeyFile.SlotBytes;

    private static readonly Range Name = ..32;
    private static readonly Range Nonce = 32..44;
    private static readonly Range Wrapped = 44..76;
    private static readonly Range Tag = 76..92;

    private readonly SubjectKeyFile file;
    private readonly byte[] naming;
    private readonly byte[] wrapping;

    private readonly Lock gate = new(); // guards slots, erased, next and the file's slots
    private readonly Dictionary<UInt128, long> slots = [];
    private readonly HashSet<long> erased;
    private long next = 1;

    /// <param name="log">Whoever has it owns the folder. Keys that it says were erased are: a crash may have come between.</param>
    /// <param name="options">The folder, and the master key's file.</param>
    /// <param name="time">Tells when the disk hangs.</param>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">The master key is not the one that the keys are wrapped by, or the file has fewer slots than the log used.</exception>
    public SubjectKeys(AuditLog log, IOptions<AuditOptions> options, TimeProvider time)
    {
        var directory = options.Value.Directory;
        var master = Convert.FromBase64String(SecretFile.ReadOrMake(
            options.Value.MasterKeyFile is { Length: > 0 } named ? named : Path.Combine(directory, MasterName), () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes))));
        (naming, wrapping) = (HKDF.Expand(HashAlgorithmName.SHA256, master, KeyBytes, "naming"u8.ToArray()), HKDF.Expand(HashAlgorithmName.SHA256, master, KeyBytes, "wrapping"u8.ToArray()));
        erased = [.. log.Events.Select(SubjectErased.Parse).OfType<SubjectErased>().Select(each => each.Key)];
        file = new(Path.Combine(directory, FileName), options.Value.StallsAfter, time) { Owner = (() => Next, Forget) };
        try
        {
            Load();
            DiskFlush.Directory(directory);
            if (log.HighestKey >= next)
            {
                throw new InvalidDataException(
                    $"{FileName} has slots up to {next - 1}, and the audit log used {log.HighestKey}: it was lost, or is an older one. Put the newest one back. If that is lost for good, so is what its keys encrypted, and 'truncate -s {(log.HighestKey + 1) * SlotBytes} {FileName}' in {directory} lets the gateway go on behind it.");
            }

            EraseAgain(erased);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>That the disk has taken longer than <see cref="AuditOptions.StallsAfter"/>; null when that is not so.</summary>
    public string? Stall => file.Stall;

    /// <inheritdoc cref="SubjectKeyFile.Failure"/>
    public string? Failure => file.Failure;

    private long Next
    {
        get
        {
            lock (gate)
            {
                return next;
            }
        }
    }

    /// <summary>The keys of subjects, made when they have none; new ones are on disk when this is done.</summary>
    /// <exception cref="IOException">They are not.</exception>
    public async Task<SubjectKey[]> OfAsync(IReadOnlyList<string> subjects)
    {
        byte[][] names = [.. subjects.Select(NameOf)];
        SubjectKey[] keys;
        lock (gate)
        {
            keys = [.. names.Select(FindOrMake)];
        }

        await KeepAsync(keys.Max(key => key.Slot));

        lock (gate)
        {
            return names.Zip(keys).All(pair => slots.GetValueOrDefault(PlaceOf(pair.First)) == pair.Second.Slot) ? keys : throw new IOException("A key is gone: it could not be forced to disk for another request, or was erased.");
        }
    }

    /// <summary>Done when the key in a slot, and all before it, are on disk, or nobody's.</summary>
    /// <exception cref="IOException">They are not.</exception>
    public Task KeepAsync(long slot) => slot < file.Flushed ? Task.CompletedTask : file.FlushAsync();

    /// <summary>Writes what nobody needs, where the next key goes, and forces it to disk: after a failure it shows whether keys can be made again.</summary>
    /// <exception cref="IOException">They cannot.</exception>
    public Task TryAsync()
    {
        lock (gate)
        {
            file.Write(next, stackalloc byte[SlotBytes]);
        }

        return file.FlushAsync();
    }

    /// <summary>The slot of a subject's key; null when it has none.</summary>
    public long? Find(string subject)
    {
        lock (gate)
        {
            return slots.TryGetValue(PlaceOf(NameOf(subject)), out var slot) ? slot : null;
        }
    }

    /// <summary>The key in a slot; null when it was erased.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or the file never had it or lost it: it is not the one that was written.</exception>
    public byte[]? Read(long slot)
    {
        lock (gate)
        {
            var key = slot > 0 && slot < next ? Unwrap(slot) : null;
            return key is not null || erased.Contains(slot) ? key : throw new InvalidDataException($"The key file has no key in slot {slot}, and it was not erased.");
        }
    }

    /// <summary>Destroys the key in a slot; when this is done it is gone from the disk's file.</summary>
    /// <exception cref="IOException">It may still be there.</exception>
    public async Task EraseAsync(long slot)
    {
        if (Clear(slot) is not { } place)
        {
            return;
        }

        await file.FlushAsync();
        lock (gate)
        {
            if (slots.GetValueOrDefault(place) == slot)
            {
                slots.Remove(place); // not before: who could not erase it must find it again
            }
        }
    }

    public void Dispose() => file.Dispose();

    private void Load()
    {
        var check = NameOf("");
        Span<byte> bytes = stackalloc byte[SlotBytes];
        if (file.Slots == 0)
        {
            check.CopyTo(bytes);
            file.Write(0, bytes);
        }

        file.Read(0, bytes);
        if (!bytes[Name].SequenceEqual(check))
        {
            throw new InvalidDataException($"The master key is not the one that the keys in {FileName} are wrapped by.");
        }

        // A torn slot at the end is of a key that no acknowledged record uses; the next key takes its place.
        for (var written = file.Slots; next < written; next++)
        {
            file.Read(next, bytes);
            if (bytes.ContainsAnyExcept((byte)0))
            {
                slots[PlaceOf(bytes[Name])] = next;
            }
        }

        file.Flush(next); // whoever wrote it may have been killed before
    }

    /// <summary>Destroys the keys of erasures that a crash came into. A slot that the file never had, or lost, is nobody's for good: no later key gets it.</summary>
    private void EraseAgain(IEnumerable<long> erasures)
    {
        List<UInt128> found = [];
        Span<byte> bytes = stackalloc byte[SlotBytes];
        Span<byte> zeros = stackalloc byte[SlotBytes];
        var changed = false;
        foreach (var slot in erasures.Where(slot => slot > 0))
        {
            if (slot < next)
            {
                file.Read(slot, bytes);
                if (!bytes.ContainsAnyExcept((byte)0))
                {
                    continue;
                }

                found.Add(PlaceOf(bytes[Name]));
            }

            file.Write(slot, zeros);
            (next, changed) = (Math.Max(next, slot + 1), true);
        }

        if (changed)
        {
            file.Flush(next);
            found.ForEach(place => slots.Remove(place));
        }
    }

    /// <returns>Whose key it was; null when it is nobody's.</returns>
    private UInt128? Clear(long slot)
    {
        Span<byte> bytes = stackalloc byte[SlotBytes];
        lock (gate)
        {
            file.Read(slot, bytes);
            if (PlaceIn(slot, bytes) is not { } place)
            {
                return null;
            }

            erased.Add(slot);
            bytes.Clear();
            file.Write(slot, bytes); // also when a try before this one has: after a flush that failed only what is written again is flushed again
            return place;
        }
    }

    /// <summary>Whose key a slot has, or had before an erasure that did not end; null when it is nobody's.</summary>
    private UInt128? PlaceIn(long slot, ReadOnlySpan<byte> bytes) =>
        bytes.ContainsAnyExcept((byte)0) ? PlaceOf(bytes[Name]) : slots.Where(pair => pair.Value == slot).Select(pair => (UInt128?)pair.Key).FirstOrDefault();

    private SubjectKey FindOrMake(byte[] name) =>
        slots.TryGetValue(PlaceOf(name), out var slot) ? new(slot, Unwrap(slot) ?? throw new IOException($"The key in slot {slot} is being erased, and that has not ended.")) : Make(name);

    private SubjectKey Make(byte[] name)
    {
        file.ThrowIfStalled();
        var key = new SubjectKey(next, RandomNumberGenerator.GetBytes(KeyBytes));
        Span<byte> bytes = stackalloc byte[SlotBytes];
        name.CopyTo(bytes);
        RandomNumberGenerator.Fill(bytes[Nonce]);
        using var aes = new AesGcm(wrapping, TagBytes);
        aes.Encrypt(bytes[Nonce], key.Bytes, bytes[Wrapped], bytes[Tag], name);
        file.Write(next, bytes);
        slots[PlaceOf(name)] = next++;
        return key;
    }

    private byte[]? Unwrap(long slot)
    {
        Span<byte> bytes = stackalloc byte[SlotBytes];
        file.Read(slot, bytes);
        if (!bytes.ContainsAnyExcept((byte)0))
        {
            return null;
        }

        var key = new byte[KeyBytes];
        using var aes = new AesGcm(wrapping, TagBytes);
        try
        {
            aes.Decrypt(bytes[Nonce], bytes[Wrapped], bytes[Tag], key, bytes[Name]);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new InvalidDataException($"The key in slot {slot} is damaged.", e);
        }

        return key;
    }

    /// <summary>Keys that may not be on disk, whatever a later flush says, are no acknowledged record's: their subjects get new ones, in new slots.</summary>
    private void Forget(long from, long to)
    {
        lock (gate)
        {
            foreach (var place in slots.Where(pair => pair.Value >= from && pair.Value < to).Select(pair => pair.Key).ToArray())
            {
                slots.Remove(place);
            }
        }
    }

    private byte[] NameOf(string subject) => HMACSHA256.HashData(naming, Encoding.UTF8.GetBytes(subject));

    private static UInt128 PlaceOf(ReadOnlySpan<byte> name) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(name);
}
