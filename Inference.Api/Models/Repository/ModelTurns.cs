namespace MlAspire.Inference.Api.Models.Repository;

/// <summary>One change of a model at a time, those of different models side by side: one that waits for memory does not hold up those that free some. Knows a name only while somebody has its turn or waits for it.</summary>
internal sealed class ModelTurns
{
    private readonly Lock gate = new(); // guards turns and the users of each
    private readonly Dictionary<string, Turn> turns = new(StringComparer.Ordinal);

    /// <summary>Names with a turn now.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return turns.Count;
            }
        }
    }

    /// <summary>Waits for the model's turn; disposing gives it on.</summary>
    public async Task<IDisposable> TakeAsync(string model, CancellationToken cancellationToken)
    {
        var turn = Join(model);
        try
        {
            await turn.Semaphore.WaitAsync(cancellationToken);
            return turn;
        }
        catch
        {
            Leave(turn);
            throw;
        }
    }

    private Turn Join(string model)
    {
        lock (gate)
        {
            if (!turns.TryGetValue(model, out var turn))
            {
                turns[model] = turn = new Turn(this, model);
            }

            turn.Users++;
            return turn;
        }
    }

    private void Leave(Turn turn)
    {
        lock (gate)
        {
            if (--turn.Users == 0)
            {
                turns.Remove(turn.Model);
            }
        }
    }

    private sealed class Turn(ModelTurns all, string model) : IDisposable
    {
        public string Model => model;

        public SemaphoreSlim Semaphore { get; } = new(1);

        public int Users { get; set; }

        public void Dispose()
        {
            Semaphore.Release();
            all.Leave(this);
        }
    }
}
