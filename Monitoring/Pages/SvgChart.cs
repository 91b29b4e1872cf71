using System.Globalization;
using System.Text;

namespace MlAspire.Monitoring.Pages;

/// <summary>One line of a chart.</summary>
/// <param name="Name">As the legend says it; text, not markup.</param>
/// <param name="Css">Class that gives the colour.</param>
/// <param name="Values">One a window; null = a gap.</param>
internal sealed record Series(string Name, string Css, IReadOnlyList<double?> Values);

/// <summary>Charts over the windows of time as SVG markup, without scripts. Pure.</summary>
internal static class SvgChart
{
    private const double Width = 720;
    private const double Height = 200;
    private const double Left = 52;
    private const double Bottom = 22;
    private const double Top = 10;

    private static readonly double[] NiceFactors = [1, 2, 5, 10];

    /// <summary>Stacked bars, one stack a window; the first series stands on the ground.</summary>
    public static string Bars(IReadOnlyList<DateTimeOffset> starts, IReadOnlyList<Series> series, Func<double, string> label)
    {
        var scale = new Scale(0, NiceTop(Enumerable.Range(0, starts.Count).Max(i => series.Sum(line => line.Values[i] ?? 0))));
        var svg = Begin(starts, scale, label);
        var step = (Width - Left) / starts.Count;
        for (var i = 0; i < starts.Count; i++)
        {
            double ground = 0;
            foreach (var line in series)
            {
                var value = line.Values[i] ?? 0;
                if (value > 0)
                {
                    var (y, height) = (scale.Y(ground + value), scale.Y(ground) - scale.Y(ground + value));
                    svg.Append(CultureInfo.InvariantCulture, $"""<rect class="{line.Css}" x="{Left + (i * step) + 1:0.#}" y="{y:0.#}" width="{step - 2:0.#}" height="{Math.Max(height, 1):0.#}" rx="1"/>""");
                    ground += value;
                }
            }
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>One line a series; a value alone between gaps is a dot. With a value below 0 the scale goes as far down as up.</summary>
    public static string Lines(IReadOnlyList<DateTimeOffset> starts, IReadOnlyList<Series> series, Func<double, string> label, double? fixedTop = null)
    {
        var top = fixedTop ?? NiceTop(series.Max(line => line.Values.Max(value => Math.Abs(value ?? 0))));
        var scale = new Scale(series.Any(line => line.Values.Any(value => value < 0)) ? -top : 0, top);
        var svg = Begin(starts, scale, label);
        var step = (Width - Left) / starts.Count;
        foreach (var line in series)
        {
            foreach (var (first, last) in Runs(line.Values))
            {
                var points = Enumerable.Range(first, last - first + 1).Select(i => (X: Left + ((i + 0.5) * step), Y: scale.Y(Math.Min(line.Values[i]!.Value, top)))).ToArray();
                if (points is [var dot])
                {
                    svg.Append(CultureInfo.InvariantCulture, $"""<circle class="{line.Css}" cx="{dot.X:0.#}" cy="{dot.Y:0.#}" r="2.5"/>""");
                    continue;
                }

                var path = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.#},{point.Y:0.#}")));
                svg.Append(CultureInfo.InvariantCulture, $"""<polyline class="{line.Css}" points="{path}"/>""");
            }
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>The smallest of 1, 2, 5 times a power of ten that is not below <paramref name="value"/>; 1 for nothing.</summary>
    public static double NiceTop(double value)
    {
        if (value <= 0)
        {
            return 1;
        }

        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return NiceFactors.Select(factor => factor * power).First(top => top >= value * (1 - 1e-12));
    }

    private static StringBuilder Begin(IReadOnlyList<DateTimeOffset> starts, Scale scale, Func<double, string> label)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""<svg viewBox="0 0 {Width} {Height}" role="img">""");
        var gridLines = IsFive(scale.High) && scale.Low == 0 ? 5 : 4; // so that every label is a round number
        for (var i = 0; i <= gridLines; i++)
        {
            var value = scale.Low + ((scale.High - scale.Low) * i / gridLines);
            svg.Append(CultureInfo.InvariantCulture, $"""<line class="grid" x1="{Left}" x2="{Width}" y1="{scale.Y(value):0.#}" y2="{scale.Y(value):0.#}"/><text class="axis" x="{Left - 8}" y="{scale.Y(value) + 3.5:0.#}" text-anchor="end">{label(value)}</text>""");
        }

        foreach (var (i, anchor) in new (int Index, string Anchor)[] { (0, "start"), (starts.Count / 2, "middle"), (starts.Count - 1, "end") }.DistinctBy(mark => mark.Index))
        {
            var x = Left + ((i + 0.5) * (Width - Left) / starts.Count);
            svg.Append(CultureInfo.InvariantCulture, $"""<text class="axis" x="{x:0.#}" y="{Height - 6}" text-anchor="{anchor}">{starts[i]:HH:mm}</text>""");
        }

        return svg;
    }

    private static bool IsFive(double top) => Math.Abs((top / Math.Pow(10, Math.Floor(Math.Log10(top)))) - 5) < 1e-9;

    private static IEnumerable<(int First, int Last)> Runs(IReadOnlyList<double?> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] is null)
            {
                continue;
            }

            var first = i;
            while (i + 1 < values.Count && values[i + 1] is not null)
            {
                i++;
            }

            yield return (first, i);
        }
    }

    /// <summary>From the lowest to the highest value of the chart.</summary>
    private readonly record struct Scale(double Low, double High)
    {
        public double Y(double value) => Height - Bottom - ((Height - Bottom - Top) * (value - Low) / (High - Low));
    }
}
