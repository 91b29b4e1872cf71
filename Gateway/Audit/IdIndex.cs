using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace MlAspire.Gateway.Audit;

/// <summary>From the id of a prediction, or of a report, to the places of its records in one segment. About 40 bytes a record; not thread-safe.</summary>
internal sealed class IdIndex
{
    private readonly Dictionary<UInt128, int> places = []; // the first answer's; while there is none, that of the first failure, as its complement
    private readonly Dictionary<UInt128, List<int>> further = []; // of ids that were given again, the other answers'

    /// <summary>What a record is found by; null when it is of no prediction, and no report with an idempotency key.</summary>
    public static UInt128? KeyOf(ReadOnlySpan<byte> record) => (AuditRecord.PredictionIdOf(record) ?? AuditRecord.ReportIdOf(record)) is { } id ? KeyOf(id) : null;

    /// <param name="key">What it is found by; null = nothing.</param>
    /// <param name="place">Of the record, from 0.</param>
    /// <param name="isFailure">Whether it is of a failure: that counts only until there is an answer.</param>
    public void Add(UInt128? key, int place, bool isFailure)
    {
        if (key is not { } known)
        {
            return;
        }

        ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(places, known, out var exists);
        if (!exists || (first < 0 && !isFailure))
        {
            first = isFailure ? ~place : place;
        }
        else if (!isFailure)
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(further, known, out _) ??= []).Add(place);
        }
    }

    /// <summary>The places of an id's answers, in their order; of its first failure when there is none.</summary>
    public IEnumerable<(int Place, bool IsFailure)> Find(UInt128 key) => !places.TryGetValue(key, out var first) ? []
        : first < 0 ? [(~first, true)]
        : [(first, false), .. further.GetValueOrDefault(key, []).Select(place => (place, false))];

    /// <summary>What a prediction is found by, and a report by <see cref="Reports.ReportedEvent.Id"/>.</summary>
    // Callers choose ids: a hash that can be made to collide would let one hide another's prediction.
    public static UInt128 KeyOf(string id) => BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
}
