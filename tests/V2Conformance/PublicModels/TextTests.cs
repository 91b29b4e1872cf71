namespace MlAspire.V2Conformance;

/// <summary>PaddleOCR's two models: where text is in an image, and what it says.</summary>
public sealed class TextTests(PublicModelServer server) : IClassFixture<PublicModelServer>
{
    public static TheoryData<string> Transports => [.. TransportNames.All];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Reads_the_digits_of_an_image(string transport)
    {
        const string Text = "2048";
        var image = new TextImage(176, 48).Draw(Text, left: 20, top: 6, scale: 5);

        var answer = await server.InferAsync(transport, new V2Request(PublicModelServer.TextRecognition, image.ToTensor("x")));

        Assert.Equal(Text, Decode(answer));
    }

    [Theory]
    [InlineData(TransportNames.RestBinary)]
    [InlineData(TransportNames.GrpcRaw)]
    public async Task Finds_where_the_digits_are(string transport)
    {
        const int Size = 160;
        var image = new TextImage(Size, Size).Draw("731", left: 30, top: 60, scale: 5);

        var answer = await server.InferAsync(transport, new V2Request(PublicModelServer.TextDetection, image.ToTensor("x")));

        var output = Assert.Single(answer.Outputs);
        Assert.Equal($"1,1,{Size},{Size}", output.Shape);
        var map = Numbers.Of(answer, output.Name);
        Assert.All(map, probability => Assert.InRange(probability, 0, 1));
        // The middle of the text, and the band above it.
        Assert.True(map[(77 * Size) + 70] > 0.5, $"{map[(77 * Size) + 70]} within the text");
        Assert.True(map.Take(40 * Size).Max() < 0.1, $"{map.Take(40 * Size).Max()} above the text");
    }

    /// <summary>Connectionist temporal classification, greedy: the best class of each step, repetitions and blanks left out.</summary>
    private static string Decode(V2Answer answer)
    {
        var characters = PublicModelServer.Characters;
        var classes = Numbers.Of(answer, Assert.Single(answer.Outputs).Name).Chunk(characters.Length).Select(step => Array.IndexOf(step, step.Max())).ToArray();
        return string.Concat(classes.Where((each, i) => i == 0 || each != classes[i - 1]).Select(each => characters[each]));
    }
}
