using MlAspire.Pipelines.Flights;
using MlAspire.Pipelines.Freshness;
using MlAspire.Pipelines.Jobs;
using MlAspire.Pipelines.Leaks;
using MlAspire.Pipelines.Replay;
using MlAspire.Pipelines.Train;
using MlAspire.ServiceDefaults;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.ServiceDefaults.Errors;
using Microsoft.Extensions.Options;

namespace MlAspire.Pipelines;

/// <summary>The jobs on the flights: <c>train</c>, <c>replay</c>, <c>freshness</c> and <c>leaks</c>. One process runs one job.</summary>
public static class PipelinesApp
{
    /// <summary>Runs the job the arguments name. 0: done or stopped; 1: the job failed; 2: the arguments or the configuration are wrong (the reason is on stderr).</summary>
    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        try
        {
            using var host = Build(args);
            var runner = Check(host);
            await host.RunAsync(cancellationToken);
            return runner.ExitCode;
        }
        catch (ServiceError wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return ExitCode.WrongArguments;
        }
    }

    /// <summary>The host of one job, not started.</summary>
    /// <exception cref="ServiceError">InvalidArgument: the arguments are wrong.</exception>
    public static IHost Build(string[] args, Action<HostApplicationBuilder>? configure = null)
    {
        var arguments = JobArguments.Parse(args);
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(arguments.Settings);
        builder.AddServiceDefaults();
        builder.AddFlights();
        Add(builder, arguments.Job);
        builder.Services.AddSingleton<JobRunner>().AddHostedService(services => services.GetRequiredService<JobRunner>());
        configure?.Invoke(builder);
        return builder.Build();
    }

    private static void Add(HostApplicationBuilder builder, string job)
    {
        switch (job)
        {
            case JobArguments.Train: builder.AddTrain(); break;
            case JobArguments.Freshness: builder.AddFreshness(); break;
            case JobArguments.Leaks: builder.AddLeaks(); break;
            default: builder.AddReplay(); break;
        }
    }

    /// <summary>Binds and checks all options before the host starts: the host itself would report a wrong one with a stack trace.</summary>
    private static JobRunner Check(IHost host)
    {
        try
        {
            host.Services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (Exception wrong) when (wrong is OptionsValidationException or InvalidOperationException)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, wrong.Message);
        }
        return host.Services.GetRequiredService<JobRunner>();
    }
}
