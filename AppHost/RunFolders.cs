namespace MlAspire.AppHost;

/// <summary>
/// The folders of a run on this machine, absolute: <see cref="Models"/> and <see cref="Data"/> of the repository, and <see cref="State"/>, where Redis and the audit log write
/// (configuration key <c>Run:State</c>, default <c>.run</c> in the repository). Publishing passes none of them on: a service then uses what it was published with.
/// </summary>
internal sealed record RunFolders(string Models, string Data, string State)
{
    public static RunFolders Of(IDistributedApplicationBuilder builder)
    {
        var repository = Path.GetFullPath(Path.Combine(builder.AppHostDirectory, ".."));
        var state = builder.Configuration["Run:State"] ?? ".run";
        return new RunFolders(Path.Combine(repository, "models"), Path.Combine(repository, "data"), Path.GetFullPath(state, repository));
    }

    /// <summary>The folder <paramref name="name"/> under <see cref="State"/>, made when it is not there.</summary>
    public string StateOf(string name) => Directory.CreateDirectory(Path.Combine(State, name)).FullName;
}

internal static class RunFolderExtensions
{
    extension<T>(IResourceBuilder<T> resource) where T : IResourceWithEnvironment
    {
        public IResourceBuilder<T> WithModelRepository(RunFolders folders) => resource.WithRunFolder("ModelRepository__Path", () => folders.Models);

        public IResourceBuilder<T> WithAuditDirectory(RunFolders folders) => resource.WithRunFolder("Audit__Directory", () => folders.StateOf("audit"));

        public IResourceBuilder<T> WithFlights(RunFolders folders) => resource.WithRunFolder("Flights__Directory", () => folders.Data);

        private IResourceBuilder<T> WithRunFolder(string variable, Func<string> folder) =>
            resource.ApplicationBuilder.ExecutionContext.IsRunMode ? resource.WithEnvironment(variable, folder()) : resource;
    }
}
