namespace MlAspire.AppHost;

/// <summary>
/// The folders of a run on this machine, absolute: <see cref="Models"/> and <see cref="Data"/> of the repository, and <see cref="State"/>, where Redis, the audit log and the feature log write
/// (configuration key <c>Run:State</c>, default <c>.run</c> in the repository). When publishing, a service gets a folder beside its program instead: the models are published with it.
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
        public IResourceBuilder<T> WithModelRepository(RunFolders folders) => resource.WithFolder("ModelRepository__Path", () => folders.Models, published: "models");

        public IResourceBuilder<T> WithAuditDirectory(RunFolders folders) => resource.WithFolder("Audit__Directory", () => folders.StateOf("audit"), published: "audit");

        /// <summary>On this machine a key with every scope is made beside the audit log, for who runs the system; when publishing, keys are given by configuration.</summary>
        public IResourceBuilder<T> WithAdminKey(RunFolders folders) =>
            resource.ApplicationBuilder.ExecutionContext.IsRunMode ? resource.WithEnvironment("Access__AdminKeyFile", Path.Combine(folders.StateOf("audit"), "admin.key")) : resource;

        public IResourceBuilder<T> WithFeatureLog(RunFolders folders) => resource.WithFolder("Offline__Directory", () => folders.StateOf("features"), published: "features");

        /// <summary>Keeps what it saw of the audit log <paramref name="origin"/>, whose public key lies in the log's folder. When publishing that folder is on another machine: give the key in <c>Witness__Logs__0__Key</c>.</summary>
        public IResourceBuilder<T> WithWitness(RunFolders folders, string origin)
        {
            resource.WithFolder("Witness__Directory", () => folders.StateOf("witness"), published: "witness").WithEnvironment("Witness__Logs__0__Origin", origin);
            return resource.ApplicationBuilder.ExecutionContext.IsRunMode ? resource.WithEnvironment("Witness__Logs__0__KeyFile", Path.Combine(folders.StateOf("audit"), "checkpoint.pub")) : resource;
        }

        /// <summary>On this machine its log lines are in files too, where <see cref="WithLogsOfAll"/> looks for them; when publishing, where files go is the platform's.</summary>
        public IResourceBuilder<T> WithLogFiles(RunFolders folders) =>
            resource.ApplicationBuilder.ExecutionContext.IsRunMode ? resource.WithEnvironment("Logging__File__Directory", folders.StateOf(Path.Combine("logs", resource.Resource.Name))) : resource;

        /// <summary>Can be asked for the log lines of every service that has <see cref="WithLogFiles"/>.</summary>
        public IResourceBuilder<T> WithLogsOfAll(RunFolders folders) =>
            resource.ApplicationBuilder.ExecutionContext.IsRunMode ? resource.WithEnvironment("Logs__Directory", folders.StateOf("logs")) : resource;

        public IResourceBuilder<T> WithFlights(RunFolders folders) => resource.WithFolder("Flights__Directory", () => folders.Data, published: "data");

        private IResourceBuilder<T> WithFolder(string variable, Func<string> run, string published) =>
            resource.WithEnvironment(variable, resource.ApplicationBuilder.ExecutionContext.IsRunMode ? run() : published);
    }
}
