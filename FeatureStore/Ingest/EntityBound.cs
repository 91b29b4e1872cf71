using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>Holds a view to its <see cref="FeatureView.MaxEntities"/>, so that a wrong join key cannot fill Redis. Thread-safe.</summary>
/// <remarks>Counts what this replica has seen since it took over the registry, in a kilobyte, within 3.3 % (<see cref="HyperLogLog"/>): at the bound only entities that change the count are refused.</remarks>
internal sealed class EntityBound(FeatureView view)
{
    private readonly Lock gate = new(); // guards the registers
    private readonly byte[] registers = new byte[HyperLogLog.Registers];
    private double count;

    public FeatureView View => view;

    /// <summary>False when the entity would be one too many.</summary>
    /// <param name="entity">Its <see cref="EntityKey"/>.</param>
    public bool Admit(string entity)
    {
        var (register, rank) = HyperLogLog.Place(HyperLogLog.Hash(entity));
        lock (gate)
        {
            if (registers[register] >= rank) { return true; }
            if (count >= view.MaxEntities) { return false; }
            registers[register] = rank;
            count = HyperLogLog.Estimate(registers);
            return true;
        }
    }
}
