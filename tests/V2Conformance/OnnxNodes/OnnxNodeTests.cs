namespace MlAspire.V2Conformance;

/// <summary>The ONNX standard's backend tests, each served and asked over every transport that can carry its tensors.</summary>
public sealed class OnnxNodeTests(OnnxNodeServer server) : IClassFixture<OnnxNodeServer>
{
    /// <summary>Of the version that the list of refusals is of.</summary>
    private const int Cases = 1072;
    private const string NoData = "Debian's package libonnx-testdata 1.12 is not installed; ./mlaspire test does it";
    private const string NoLocale = "ONNX Runtime's StringNormalizer needs the locale en_US.UTF-8 on the server's machine; ./mlaspire test makes it";

    public static bool HasData => OnnxNodeCase.All.Count == Cases;

    public static TheoryData<string> Names => [.. OnnxNodeCase.All.Select(each => each.Name)];

    [Theory(Skip = NoData, SkipUnless = nameof(HasData), SkipTestWithoutData = true)]
    [MemberData(nameof(Names))]
    public async Task Answers_as_the_standard_says_or_is_a_known_refusal(string name)
    {
        var complaint = OnnxRefusals.Complaint(name, await DifferenceAsync(OnnxNodeCase.All.Single(each => each.Name == name)));

        Assert.SkipWhen(complaint?.Contains("Failed to construct locale", StringComparison.Ordinal) ?? false, NoLocale);
        Assert.True(complaint is null, $"{name}: {complaint}");
    }

    [Fact(Skip = NoData, SkipUnless = nameof(HasData))]
    public void The_list_of_refusals_names_cases_and_leaves_at_least_964()
    {
        var names = OnnxNodeCase.All.Select(each => each.Name).ToHashSet(StringComparer.Ordinal);

        Assert.DoesNotContain(OnnxRefusals.Names, name => !names.Contains(name));
        Assert.True(names.Count - OnnxRefusals.Names.Count() >= 964);
    }

    private async Task<string?> DifferenceAsync(OnnxNodeCase each)
    {
        try
        {
            var (request, outputs) = each.Read();
            foreach (var transport in TransportNames.All.Where(transport => Carries(transport, [.. request.Inputs, .. outputs])))
            {
                if (await DifferenceAsync(transport, request, outputs) is { } difference)
                {
                    return $"{transport}: {difference}";
                }
            }

            return null;
        }
        catch (NotSupportedException refusal)
        {
            return refusal.Message;
        }
    }

    private async Task<string?> DifferenceAsync(string transport, V2Request request, V2Tensor[] outputs)
    {
        var answer = await server.InferAsync(transport, request);
        return answer.Failure is not null ? answer.Text
            : answer.Outputs.Length != outputs.Length ? $"{answer.Outputs.Length} outputs, not {outputs.Length}"
            : outputs.Zip(answer.Outputs, OnnxTolerance.Difference).FirstOrDefault(difference => difference is not null);
    }

    /// <summary>FP16 and BF16 have no typed contents in gRPC, NaN and the infinities no form in JSON that all servers share.</summary>
    private static bool Carries(string transport, V2Tensor[] tensors) => transport switch
    {
        TransportNames.RestJson => !tensors.Any(tensor => tensor.Values.Any(value => value is double number && !double.IsFinite(number))),
        TransportNames.GrpcContents => !tensors.Any(tensor => tensor.Datatype is "FP16" or "BF16"),
        _ => true,
    };
}
