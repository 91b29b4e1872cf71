using System.Text;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>The inputs of a request as a log line shows them: <c>x[2,17] mask[2]</c>.</summary>
internal static class InputShapes
{
    /// <summary>Characters; what is over is cut and ends in <c>...</c>.</summary>
    public const int MaxText = 256;

    public static string Text(IReadOnlyList<Tensor> inputs)
    {
        var text = new StringBuilder();
        for (var i = 0; i < inputs.Count && text.Length <= MaxText; i++)
        {
            text.Append(i == 0 ? "" : " ").Append(inputs[i].Name).Append('[').AppendJoin(',', inputs[i].Shape).Append(']');
        }

        return text.Length <= MaxText ? text.ToString() : $"{text.ToString(0, MaxText - 3)}...";
    }
}
