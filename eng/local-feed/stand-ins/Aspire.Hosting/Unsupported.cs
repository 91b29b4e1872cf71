namespace Aspire.Hosting;

/// <summary>The error of everything that the stand-in leaves out.</summary>
internal static class Unsupported
{
    public static NotSupportedException By(string package, string what)
        => new($"{what} is not part of MlAspire's stand-in for {package}. Use the genuine package {package} from nuget.org.");
}
