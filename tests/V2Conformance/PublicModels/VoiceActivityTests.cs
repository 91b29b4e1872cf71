namespace MlAspire.V2Conformance;

/// <summary>Silero's voice activity model: 512 samples at 16 kHz and a state in, the probability of speech and the next state out.</summary>
public sealed class VoiceActivityTests(PublicModelServer server) : IClassFixture<PublicModelServer>
{
    private const int SamplesPerSecond = 16_000;
    private const int FrameSamples = 512;
    private const int Frames = 20;
    private const int StateSize = 2 * 128;

    public static TheoryData<string> Transports => [.. TransportNames.All];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Hears_a_voice_and_no_voice_in_silence(string transport)
    {
        var silence = await ProbabilitiesAsync(transport, _ => 0);
        var voice = await ProbabilitiesAsync(transport, Vowel);

        Assert.All([.. silence, .. voice], probability => Assert.InRange(probability, 0, 1));
        Assert.True(silence.Max() < 0.1, $"silence: {silence.Max()}");
        Assert.True(voice.Max() > 0.5, $"a sung vowel: {string.Join(' ', voice)}");
    }

    /// <summary>The model's answer for each frame; each hands its state on to the next.</summary>
    private async Task<float[]> ProbabilitiesAsync(string transport, Func<int, double> sample)
    {
        var state = new float[StateSize];
        var probabilities = new float[Frames];
        for (var frame = 0; frame < Frames; frame++)
        {
            var answer = await server.InferAsync(transport, new V2Request(
                PublicModelServer.VoiceActivity,
                new V2Tensor("input", "FP32", [1, FrameSamples], [.. Enumerable.Range(frame * FrameSamples, FrameSamples).Select(i => (object)(double)(float)sample(i))]),
                new V2Tensor("state", "FP32", [2, 1, 128], [.. state.Select(value => (object)(double)value)]),
                new V2Tensor("sr", "INT64", [], (long)SamplesPerSecond)));
            probabilities[frame] = Assert.Single(Numbers.Of(answer, "output"));
            Assert.Equal("2,1,128", answer.Outputs.Single(output => output.Name == "stateN").Shape);
            state = Numbers.Of(answer, "stateN");
        }

        return probabilities;
    }

    /// <summary>An "ah" at 120 Hz: harmonics, the louder the nearer they are to a formant of that vowel.</summary>
    private static double Vowel(int sample)
    {
        const double Pitch = 120;
        (double Hertz, double Width)[] formants = [(730, 90), (1090, 110), (2440, 160)];
        var time = (double)sample / SamplesPerSecond;
        var pitch = Pitch + (4 * Math.Sin(2 * Math.PI * 5 * time));
        return 0.3 * Enumerable.Range(1, 30).Sum(harmonic =>
            formants.Sum(formant => Math.Exp(-Math.Pow((harmonic * Pitch - formant.Hertz) / (2 * formant.Width), 2))) / Math.Sqrt(harmonic) * Math.Sin(2 * Math.PI * harmonic * pitch * time));
    }
}
