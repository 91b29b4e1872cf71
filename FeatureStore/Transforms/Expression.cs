namespace MlAspire.FeatureStore.Transforms;

/// <summary>What an expression gives.</summary>
internal enum ExpressionKind { Number, Bool }

/// <summary>A typed expression over the features of one row and what came with its request. Pure and immutable: equal inputs give equal bits, online and in a join.</summary>
internal abstract record Expression(ExpressionKind Kind)
{
    /// <summary>The value; NaN = null, a BOOL is 0 or 1. Never infinite.</summary>
    /// <param name="inputs">By position; as the value is.</param>
    /// <param name="moment">The row's, with the UTC offset as given.</param>
    public abstract double Evaluate(ReadOnlySpan<double> inputs, DateTimeOffset moment);

    /// <summary>Positions of the inputs that it reads.</summary>
    public virtual IEnumerable<int> Inputs => [];
}

internal sealed record Constant(double Value) : Expression(ExpressionKind.Number)
{
    public override double Evaluate(ReadOnlySpan<double> inputs, DateTimeOffset moment) => Value;
}

internal sealed record Input(int Position, ExpressionKind Kind) : Expression(Kind)
{
    public override double Evaluate(ReadOnlySpan<double> inputs, DateTimeOffset moment) => inputs[Position];

    public override IEnumerable<int> Inputs => [Position];
}

/// <summary>A reading of the local clock of the row's moment.</summary>
internal sealed record Clock(Func<DateTimeOffset, double> Read) : Expression(ExpressionKind.Number)
{
    public override double Evaluate(ReadOnlySpan<double> inputs, DateTimeOffset moment) => Read(moment);
}

/// <summary>A function or operator of values. What is no finite number (1 / 0, log(-1)) is null.</summary>
internal sealed record Call(Function Function, IReadOnlyList<Expression> Arguments) : Expression(Function.Result)
{
    public override double Evaluate(ReadOnlySpan<double> inputs, DateTimeOffset moment)
    {
        Span<double> values = stackalloc double[Function.MaxParameters];
        for (var i = 0; i < Arguments.Count; i++)
        {
            values[i] = Arguments[i].Evaluate(inputs, moment);
            if (double.IsNaN(values[i]) && !Function.TakesNull)
            {
                return double.NaN;
            }
        }
        var value = Function.Formula(values[0], values[1], values[2]);
        return double.IsFinite(value) ? value : double.NaN;
    }

    public override IEnumerable<int> Inputs => Arguments.SelectMany(argument => argument.Inputs);
}
