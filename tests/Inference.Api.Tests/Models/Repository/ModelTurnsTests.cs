using MlAspire.Inference.Api.Models.Repository;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Models.Repository;

public sealed class ModelTurnsTests
{
    [Fact]
    public async Task A_model_has_one_turn_at_a_time_another_has_its_own_and_nothing_is_kept_of_either()
    {
        var turns = new ModelTurns();
        using var leaving = new CancellationTokenSource();
        var first = await turns.TakeAsync("a", CancellationToken.None);
        var second = turns.TakeAsync("a", CancellationToken.None);
        var gone = turns.TakeAsync("a", leaving.Token);
        (await turns.TakeAsync("b", CancellationToken.None).WithinAsync("the turn of another model")).Dispose();
        Assert.Equal((false, 1), (second.IsCompleted, turns.Count));

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        first.Dispose();
        (await second.WithinAsync("the second turn")).Dispose();

        Assert.Equal(0, turns.Count);
    }
}
