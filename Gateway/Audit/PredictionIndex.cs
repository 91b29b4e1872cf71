using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MlAspire.Gateway.Audit;

/// <summary>From a prediction's id to the index of its record, the newest answer when an id was given more than once. About 40 bytes a record; not thread-safe.</summary>
internal sealed class PredictionIndex
{
    private readonly Dictionary<UInt128, long> places = [];

    /// <summary>What a record is found by; null when it is no prediction's.</summary>
    public static UInt128? KeyOf(ReadOnlySpan<byte> record) => AuditRecord.PredictionIdOf(record) is { } id ? KeyOf(id) : null;

    /// <param name="isFailure">Whether the record is of a failure: it does not hide an answer.</param>
    public void Add(UInt128? key, long index, bool isFailure)
    {
        if (key is { } known && !(isFailure && places.ContainsKey(known)))
        {
            places[known] = index;
        }
    }

    public long? Find(string predictionId) => places.TryGetValue(KeyOf(predictionId), out var index) ? index : null;

    /// <summary>What a prediction is found by.</summary>
    // Callers choose ids: a hash that can be made to collide would let one hide another's prediction.
    public static UInt128 KeyOf(string id) => BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
}
