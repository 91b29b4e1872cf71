namespace MlAspire.V2Conformance;

public sealed class ConformanceTests(ConformanceServer server)
{
    private static readonly Dictionary<string, ConformanceCase> Cases = ConformanceCases.All.ToDictionary(each => each.Name);

    public static TheoryData<string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var each in ConformanceCases.All)
            {
                foreach (var transport in TransportNames.WithVariants(each.Only ?? TransportNames.All))
                {
                    rows.Add(transport, each.Name);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task V2(string transport, string name)
    {
        var each = Cases[name];

        var answer = await server.InferAsync(transport, each.Request);

        if (each.Failure is { } failure)
        {
            Assert.True(failure == answer.Failure, $"expected {failure}, got {answer.Failure?.ToString() ?? "an answer"}: {answer.Text}");
            Assert.True(answer.Text.Length > "400 ".Length, "a failure says what is wrong");
            return;
        }

        Assert.True(answer.Failure is null, answer.Text);
        Assert.Equal((each.Request.Model, each.Version, each.Request.Id is "" ? null : each.Request.Id), (answer.Model, answer.Version, answer.Id));
        Assert.Equal(V2Output.Of(each.Outputs), answer.Outputs);
    }
}
