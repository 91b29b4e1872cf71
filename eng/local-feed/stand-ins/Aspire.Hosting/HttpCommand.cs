using System.Net.Mime;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting;

/// <summary>A resource command that sends one HTTP request.</summary>
internal sealed class HttpCommand(EndpointReference endpoint, string path, HttpCommandOptions options)
{
    /// <summary>Success = the answer's status is 2xx, unless the options read the answer themselves. Failures are results, not exceptions.</summary>
    public async Task<ExecuteCommandResult> ExecuteAsync(ExecuteCommandContext context)
    {
        if (!endpoint.IsAllocated)
        {
            return CommandResults.Failure("Endpoints are not yet allocated.");
        }

        try
        {
            using var client = CreateClient(context.Services);
            using var request = new HttpRequestMessage(options.Method!, new UriBuilder(endpoint.Url) { Path = path }.Uri);
            await PrepareAsync(context, client, request).ConfigureAwait(false);
            using var response = await client.SendAsync(request, context.CancellationToken).ConfigureAwait(false);
            return await ReadAsync(context, client, response).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            return CommandResults.Canceled();
        }
        catch (HttpRequestException exception)
        {
            return CommandResults.Failure(exception);
        }
    }

    private HttpClient CreateClient(IServiceProvider services)
    {
        var client = services.GetRequiredService<IHttpClientFactory>().CreateClient(options.HttpClientName ?? Options.DefaultName);
        if (options.HttpClientName is null)
        {
            client.Timeout = Timeout.InfiniteTimeSpan; // the person who pressed the button can cancel
        }

        return client;
    }

    private async Task PrepareAsync(ExecuteCommandContext context, HttpClient client, HttpRequestMessage request)
    {
        if (options.PrepareRequest is { } prepare)
        {
            await prepare(new HttpCommandRequestContext
            {
                Services = context.Services,
                ResourceName = context.ResourceName,
                Endpoint = endpoint,
                CancellationToken = context.CancellationToken,
                HttpClient = client,
                Arguments = context.Arguments,
                Request = request,
            }).ConfigureAwait(false);
        }
    }

    private async Task<ExecuteCommandResult> ReadAsync(ExecuteCommandContext context, HttpClient client, HttpResponseMessage response)
    {
        if (options.GetCommandResult is { } getResult)
        {
            return await getResult(new HttpCommandResultContext
            {
                Services = context.Services,
                ResourceName = context.ResourceName,
                Endpoint = endpoint,
                CancellationToken = context.CancellationToken,
                HttpClient = client,
                Arguments = context.Arguments,
                Response = response,
            }).ConfigureAwait(false);
        }

        var message = response.IsSuccessStatusCode ? null : $"Request failed with status code {response.StatusCode}";
        var body = FormatOf(response) is null ? string.Empty : await response.Content.ReadAsStringAsync(context.CancellationToken).ConfigureAwait(false);
        return new ExecuteCommandResult
        {
            Success = response.IsSuccessStatusCode,
            Message = message,
            Data = body.Length == 0 ? null : new CommandResultData { Value = body, Format = FormatOf(response)!.Value },
        };
    }

    /// <summary>Null: the body is not shown.</summary>
    private CommandResultFormat? FormatOf(HttpResponseMessage response)
    {
        var mediaType = response.Content.Headers.ContentType?.MediaType ?? string.Empty;
        return options.ResultMode switch
        {
            HttpCommandResultMode.Json => CommandResultFormat.Json,
            HttpCommandResultMode.Text => CommandResultFormat.Text,
            HttpCommandResultMode.Auto when mediaType == MediaTypeNames.Application.Json || mediaType.EndsWith("+json", StringComparison.Ordinal) => CommandResultFormat.Json,
            HttpCommandResultMode.Auto when mediaType.StartsWith("text/", StringComparison.Ordinal) => CommandResultFormat.Text,
            _ => null,
        };
    }
}
