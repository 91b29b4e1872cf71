namespace MlAspire.V2Conformance;

/// <summary>Outputs as numbers.</summary>
internal static class Numbers
{
    public static float[] Of(V2Answer answer, string output)
    {
        Assert.True(answer.Failure is null, answer.Text);
        var found = answer.Outputs.Single(each => each.Name == output);
        return [.. OnnxTensors.Raw(found.Datatype, Convert.FromHexString(found.Bytes)).Select(value => (float)(double)value)];
    }
}
