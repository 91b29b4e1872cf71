namespace MlAspire.FeatureStore.Transforms;

/// <summary>A function or operator: one of its name for each row of types that it takes.</summary>
/// <param name="TakesNull">Otherwise null gives null.</param>
/// <param name="Formula">Of the arguments; what stands in the place of one that is not there means nothing.</param>
internal sealed record Function(string Name, ExpressionKind[] Parameters, ExpressionKind Result, bool TakesNull, Func<double, double, double, double> Formula)
{
    public const int MaxParameters = 3;

    private const ExpressionKind Number = ExpressionKind.Number;
    private const ExpressionKind Bool = ExpressionKind.Bool;

    public static IReadOnlyList<Function> All { get; } =
    [
        Of("+", (a, b) => a + b), Of("-", (a, b) => a - b), Of("*", (a, b) => a * b), Of("/", (a, b) => a / b), Of("-", a => -a),
        Test("<", (a, b) => a < b), Test("<=", (a, b) => a <= b), Test(">", (a, b) => a > b), Test(">=", (a, b) => a >= b), Test("==", (a, b) => a == b), Test("!=", (a, b) => a != b),
        Logic("==", (a, b) => a == b), Logic("!=", (a, b) => a != b), Logic("&&", (a, b) => a && b), Logic("||", (a, b) => a || b),
        new("!", [Bool], Bool, false, (a, _, _) => 1 - a),
        new("if", [Bool, Number, Number], Number, true, If), new("if", [Bool, Bool, Bool], Bool, true, If),
        new("coalesce", [Number, Number], Number, true, Coalesce), new("coalesce", [Bool, Bool], Bool, true, Coalesce),
        new("is_null", [Number], Bool, true, (a, _, _) => double.IsNaN(a) ? 1 : 0), new("is_null", [Bool], Bool, true, (a, _, _) => double.IsNaN(a) ? 1 : 0),
        new("number", [Bool], Number, false, (a, _, _) => a),
        Of("abs", a => Math.Abs(a)), Of("sqrt", Math.Sqrt), Of("exp", Math.Exp), Of("log", a => Math.Log(a)), Of("floor", a => Math.Floor(a)), Of("min", (a, b) => Math.Min(a, b)), Of("max", (a, b) => Math.Max(a, b)),
        new("clip", [Number, Number, Number], Number, false, (value, lowest, highest) => Math.Min(Math.Max(value, lowest), highest)),
        Of("cycle_sin", (value, period) => Math.Sin(2 * Math.PI * value / period)), Of("cycle_cos", (value, period) => Math.Cos(2 * Math.PI * value / period)),
    ];

    private static Function Of(string name, Func<double, double> formula) => new(name, [Number], Number, false, (a, _, _) => formula(a));

    private static Function Of(string name, Func<double, double, double> formula) => new(name, [Number, Number], Number, false, (a, b, _) => formula(a, b));

    private static Function Test(string name, Func<double, double, bool> holds) => new(name, [Number, Number], Bool, false, (a, b, _) => holds(a, b) ? 1 : 0);

    private static Function Logic(string name, Func<bool, bool, bool> holds) => new(name, [Bool, Bool], Bool, false, (a, b, _) => holds(a != 0, b != 0) ? 1 : 0);

    private static double If(double condition, double then, double otherwise) => double.IsNaN(condition) ? double.NaN : condition != 0 ? then : otherwise;

    private static double Coalesce(double value, double otherwise, double unused) => double.IsNaN(value) ? otherwise : value;
}
