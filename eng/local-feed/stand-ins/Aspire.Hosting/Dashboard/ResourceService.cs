using System.Globalization;
using System.Threading.Channels;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard.Messages;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Dashboard;

/// <summary>Answers the dashboard: resources, console lines, commands.</summary>
internal sealed class ResourceService(
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    ResourceCommandService commands,
    IConfiguration configuration,
    IHostApplicationLifetime application,
    TimeProvider time) : DashboardService.DashboardServiceBase
{
    private const int MaxBatch = 200;

    public override Task<ApplicationInformationResponse> GetApplicationInformation(ApplicationInformationRequest request, ServerCallContext context)
    {
        var name = configuration["AppHost:DashboardApplicationName"] ?? "AppHost";
        const string Suffix = "AppHost";
        if (name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase))
        {
            name = name[..^Suffix.Length].TrimEnd('.');
        }

        return Task.FromResult(new ApplicationInformationResponse { ApplicationName = name });
    }

    public override Task WatchResources(WatchResourcesRequest request, IServerStreamWriter<WatchResourcesUpdate> responseStream, ServerCallContext context) =>
        UntilEndAsync(context, async cancellationToken =>
        {
            var since = time.GetUtcNow().UtcDateTime;
            var changes = Channel.CreateUnbounded<ResourceEvent>();
            var copying = CopyAsync(changes.Writer, cancellationToken);
            var initial = new InitialResourceData();
            initial.Resources.AddRange(Drain(changes.Reader).Select(change => ResourceMessages.Of(change, since)));
            await responseStream.WriteAsync(new WatchResourcesUpdate { InitialData = initial }, cancellationToken).ConfigureAwait(false);
            while (await changes.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                var batch = new WatchResourcesChanges();
                batch.Value.AddRange(Drain(changes.Reader).Select(change => new WatchResourcesChange { Upsert = ResourceMessages.Of(change, since) }));
                await responseStream.WriteAsync(new WatchResourcesUpdate { Changes = batch }, cancellationToken).ConfigureAwait(false);
            }

            await copying.ConfigureAwait(false);
        });

    public override Task WatchResourceConsoleLogs(
        WatchResourceConsoleLogsRequest request, IServerStreamWriter<WatchResourceConsoleLogsUpdate> responseStream, ServerCallContext context) =>
        UntilEndAsync(context, async cancellationToken =>
        {
            var lines = request.SuppressFollow ? loggers.GetAllAsync(request.ResourceName) : loggers.WatchAsync(request.ResourceName);
            await foreach (var batch in lines.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                foreach (var part in batch.Chunk(MaxBatch))
                {
                    var update = new WatchResourceConsoleLogsUpdate();
                    update.LogLines.AddRange(part.Select(line => new ConsoleLogLine { LineNumber = line.LineNumber, Text = line.Content, IsStdErr = line.IsErrorMessage }));
                    await responseStream.WriteAsync(update, cancellationToken).ConfigureAwait(false);
                }
            }
        });

    public override async Task<ResourceCommandResponse> ExecuteResourceCommand(ResourceCommandRequest request, ServerCallContext context)
    {
        var arguments = new InteractionInputCollection(
            [.. request.Arguments.Select(argument => new InteractionInput { Name = argument.Key, InputType = InputType.Text, Value = TextOf(argument.Value) })]);
        var result = await commands.ExecuteCommandAsync(request.ResourceName, request.CommandName, arguments, context.CancellationToken).ConfigureAwait(false);
        var response = new ResourceCommandResponse
        {
            Kind = result switch
            {
                { Success: true } => ResourceCommandOutcome.Succeeded,
                { Canceled: true } => ResourceCommandOutcome.Cancelled,
                _ => ResourceCommandOutcome.Failed,
            },
        };
        if (result.Message is { } message)
        {
            response.Message = message;
        }

        if (result.Data is { } data)
        {
            response.Result = new ResourceCommandResult { Value = data.Value, Format = (ResultFormat)((int)data.Format + 1), DisplayImmediately = data.DisplayImmediately };
        }

        return response;
    }

    public override Task WatchInteractions(
        IAsyncStreamReader<WatchInteractionsRequest> requestStream, IServerStreamWriter<WatchInteractionsResponse> responseStream, ServerCallContext context) =>
        UntilEndAsync(context, async cancellationToken =>
        {
            await foreach (var _ in requestStream.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
            }
        });

    private async Task CopyAsync(ChannelWriter<ResourceEvent> changes, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in notifications.WatchAsync(cancellationToken).ConfigureAwait(false))
            {
                changes.TryWrite(change);
            }
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            changes.TryComplete();
        }
    }

    /// <summary>What has come so far, the newest of each instance only.</summary>
    private static Dictionary<string, ResourceEvent>.ValueCollection Drain(ChannelReader<ResourceEvent> changes)
    {
        var newest = new Dictionary<string, ResourceEvent>(StringComparer.OrdinalIgnoreCase);
        while (changes.TryRead(out var change))
        {
            newest[change.ResourceId] = change;
        }

        return newest.Values;
    }

    private static string? TextOf(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.StringValue => value.StringValue,
        Value.KindOneofCase.NumberValue => value.NumberValue.ToString(CultureInfo.InvariantCulture),
        Value.KindOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        _ => null,
    };

    /// <summary>Runs a stream until its caller goes or the AppHost stops, which is no error.</summary>
    private async Task UntilEndAsync(ServerCallContext context, Func<CancellationToken, Task> stream)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, application.ApplicationStopping);
        try
        {
            await stream(end.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (end.IsCancellationRequested && error is OperationCanceledException or IOException or InvalidOperationException)
        {
        }
    }
}
