using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace MlAspire.AppHost;

/// <summary>What can be done from the dashboard beyond start, stop and restart.</summary>
internal static class DashboardCommands
{
    /// <summary>"Predict one flight": a real flight of the afternoon before the storm of 25 February, asked through the Gateway; the answer is the command's message.</summary>
    public static IResourceBuilder<ProjectResource> WithPredictCommand(this IResourceBuilder<ProjectResource> gateway) =>
        gateway.WithHttpCommand("/v1/models/flight-delay/predict", "Predict one flight", endpointName: "http", commandName: "predict", commandOptions: new HttpCommandOptions
        {
            Description = "Will Atlanta 14:30 to New York LaGuardia arrive more than 15 minutes late?",
            IconName = "Airplane",
            IsHighlighted = true,
            Method = HttpMethod.Post,
            PrepareRequest = context =>
            {
                context.Request.Content = JsonContent.Create(new JsonObject
                {
                    ["entities"] = new JsonObject { ["origin"] = new JsonArray("ATL"), ["destination"] = new JsonArray("LGA") },
                    ["inputs"] = new JsonObject { ["distance_miles"] = new JsonArray(761), ["departure"] = new JsonArray("2001-02-24T14:30:00-05:00") },
                });
                return Task.CompletedTask;
            },
            GetCommandResult = async context =>
            {
                var body = await context.Response.Content.ReadAsStringAsync(context.CancellationToken);
                return new ExecuteCommandResult { Success = context.Response.IsSuccessStatusCode, Message = body };
            },
        });

    /// <summary>"Train now": starts <paramref name="train"/>.</summary>
    public static IResourceBuilder<ProjectResource> WithTrainCommand(this IResourceBuilder<ProjectResource> inference, IResourceBuilder<ProjectResource> train) =>
        inference.WithCommand("train", "Train now", context =>
            context.Services.GetRequiredService<ResourceCommandService>().ExecuteCommandAsync(train.Resource, KnownResourceCommands.StartCommand, context.CancellationToken),
            new CommandOptions { Description = "Train the flight-delay model again on the flights of this repository", IconName = "BrainCircuit" });

    /// <summary>Passes <c>Replay:From</c>, <c>:Speed</c> and <c>:Limit</c> on to the replay; what is absent is the replay's own default.</summary>
    public static IResourceBuilder<ProjectResource> WithReplayOptions(this IResourceBuilder<ProjectResource> flights, IConfiguration configuration)
    {
        foreach (var option in new[] { "From", "Speed", "Limit" })
        {
            if (configuration["Replay:" + option] is { Length: > 0 } value)
            {
                flights.WithArgs("--" + option.ToLowerInvariant(), value);
            }
        }

        return flights;
    }

    /// <summary>Links the service's OpenAPI document.</summary>
    public static IResourceBuilder<ProjectResource> WithOpenApiLink(this IResourceBuilder<ProjectResource> service) =>
        service.WithUrlForEndpoint("http", (EndpointReference _) => new ResourceUrlAnnotation { Url = "/openapi.json", DisplayText = "OpenAPI" });
}
