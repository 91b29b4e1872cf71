using System.Globalization;
using System.Runtime.CompilerServices;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>The inputs of a request as a log line shows them: <c>x[2,17] mask[2]</c>.</summary>
internal static class InputShapes
{
    /// <summary>Characters; what is over is cut and ends in <c>...</c>.</summary>
    public const int MaxText = 256;

    public static string Text(IReadOnlyList<Tensor> inputs)
    {
        var text = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[MaxText]);
        for (var i = 0; i < inputs.Count && text.Text.Length <= MaxText; i++)
        {
            text.AppendLiteral(i == 0 ? "" : " ");
            text.AppendLiteral(inputs[i].Name);
            var separator = "[";
            foreach (var dimension in inputs[i].Shape)
            {
                text.AppendLiteral(separator);
                text.AppendFormatted(dimension);
                separator = ",";
            }

            text.AppendLiteral(separator == "[" ? "[]" : "]");
        }

        var whole = text.ToStringAndClear();
        return whole.Length <= MaxText ? whole : $"{whole.AsSpan(0, MaxText - 3)}...";
    }
}
