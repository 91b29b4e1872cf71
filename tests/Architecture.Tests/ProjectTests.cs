namespace MlAspire.Architecture.Tests;

public sealed class ProjectTests
{
    public static TheoryData<string> Services => [.. Repository.Services];

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_references_ServiceDefaults_and_no_other_project(string service)
    {
        Assert.Equal(["../ServiceDefaults/ServiceDefaults.csproj"], Repository.Items($"{service}/{service}.csproj", "ProjectReference"));
    }

    [Fact]
    public void ServiceDefaults_references_no_project()
    {
        Assert.Empty(Repository.Items("ServiceDefaults/ServiceDefaults.csproj", "ProjectReference"));
    }

    [Fact]
    public void AppHost_references_exactly_the_services()
    {
        Assert.Equal(
            Repository.Services.Select(s => $"../{s}/{s}.csproj").Order(StringComparer.Ordinal),
            Repository.Items("AppHost/AppHost.csproj", "ProjectReference").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_of_another_project_is_linked_from_its_owner_and_only_in_folders_that_say_so()
    {
        foreach (var service in Repository.Services)
        {
            var project = $"{service}/{service}.csproj";
            var foreign = Repository.Items(project, "Compile").Concat(Repository.Items(project, "Protobuf")).Where(i => i.StartsWith("../", StringComparison.Ordinal));
            Assert.All(foreign, f => Assert.True(Repository.Services.Contains(f.Split('/')[1]), $"{project} links {f}, which belongs to no service"));
        }
    }

    [Fact]
    public void Versions_stand_only_in_Directory_Packages_props()
    {
        var offenders = Repository.Files(".csproj")
            .Where(p => !p.StartsWith("eng/local-feed/", StringComparison.Ordinal))
            .Where(p => Repository.Items(p, "PackageReference", "Version").Count + Repository.Items(p, "PackageReference", "VersionOverride").Count > 0);
        Assert.Empty(offenders);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Text("MlAspire.sln").Replace('\\', '/');
        var missing = Repository.Files(".csproj").Where(p => !p.StartsWith("eng/", StringComparison.Ordinal) && !solution.Contains('"' + p + '"', StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    /// <summary>Inference.Api can be published natively (docs/inference.md): the analyzers that this switches on find what could not, and their warnings are errors.</summary>
    [Theory]
    [InlineData("Inference.Api/Inference.Api.csproj")]
    [InlineData("ServiceDefaults/ServiceDefaults.csproj")]
    public void What_can_be_compiled_natively_is_checked_for_it_with_each_build(string project) => Assert.Contains("<IsAotCompatible>true</IsAotCompatible>", Repository.Text(project), StringComparison.Ordinal);

    [Fact]
    public void No_project_file_knows_the_local_feed()
    {
        var offenders = Repository.Files(".csproj").Concat(Repository.Files(".props"))
            .Where(p => !p.StartsWith("eng/", StringComparison.Ordinal))
            .Where(p => Repository.Text(p).Contains("local-feed", StringComparison.OrdinalIgnoreCase) || Repository.Text(p).Contains(".feed", StringComparison.OrdinalIgnoreCase));
        Assert.Empty(offenders);
    }
}
