using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Pipeline;

/// <summary>Each kind of failure is put into the gateway's own path, and its metric says on whose account it is.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData("a wrong field", "request", null)]
    [InlineData("no such model", "request", null)]
    [InlineData("no such version", "request", null)]
    [InlineData("the caller goes away", "request", null)]
    [InlineData("the feature store is gone", "dependency", "feature-store")]
    [InlineData("the feature store fails", "dependency", "feature-store")]
    [InlineData("the feature store hangs", "dependency", "feature-store")]
    [InlineData("inference is gone", "dependency", "inference")]
    [InlineData("inference is full", "dependency", "inference")]
    [InlineData("inference hangs", "dependency", "inference")]
    [InlineData("the model fails", "model", "inference")]
    [InlineData("the model answers no number", "model", "inference")]
    [InlineData("the model is not loaded", "model", "inference")]
    [InlineData("the log cannot be written", "dependency", "audit")]
    public async Task A_failure_is_on_the_account_of_the_request_the_model_or_the_dependency_that_failed(string what, string type, string? peer)
    {
        var time = what == "the log cannot be written" ? new ManualTimeProvider() : null;
        await using var gateway = await RunningGateway.StartAsync(time, ("Audit:SegmentAge", "00:01:00"));
        if (time is not null)
        {
            await gateway.PostAsync(RunningGateway.Request(700));
            Directory.CreateDirectory(new Segment(gateway.AuditDirectory, first: 3).LogPath); // where the next segment's file is to be
            time.Advance(TimeSpan.FromMinutes(1));
        }

        using var metrics = new RecordedMetrics(gateway.Host.Services.GetRequiredService<IMeterFactory>());

        await FailAsync(gateway, what);

        await Eventually.TrueAsync("a failed request", () => metrics.Of("ml.inference.predictions").Any());
        var failed = Assert.Single(metrics.Of("ml.inference.predictions")).Tags;
        Assert.Equal((type, peer), (failed["error.type"], failed.GetValueOrDefault("peer.service")));
    }

    [Fact]
    public async Task From_the_models_answer_on_stages_are_measured_by_the_version_that_answered()
    {
        await using var gateway = await RunningGateway.StartAsync();
        using var metrics = new RecordedMetrics(gateway.Host.Services.GetRequiredService<IMeterFactory>());

        await gateway.PostAsync(RunningGateway.Request(700));
        await gateway.PostAsync(RunningGateway.Request(700), $"{RunningGateway.Predict}?version=2");
        await gateway.PostAsync(RunningGateway.Request(700), $"{RunningGateway.Predict}?version=99");

        Assert.Equal(
            [
                "audit.commit 2", "audit.commit 3", "features.fetch", "features.fetch", "features.fetch", "infer", "infer 2", "infer 3",
                "postprocess 2", "postprocess 3", "preprocess", "preprocess", "preprocess", "route", "route", "route",
            ],
            metrics.Of("ml.step.duration").Select(step => $"{step.Tags["ml.step"]} {step.Tags.GetValueOrDefault("ml.model.version")}".TrimEnd()).Order(StringComparer.Ordinal));
    }

    private static async Task FailAsync(RunningGateway gateway, string what)
    {
        using var left = new CancellationTokenSource();
        (gateway.Features.Answer, gateway.Inference.Answer) = (
            what switch
            {
                "the feature store fails" => (_, response) => StatusAsync(response, StatusCodes.Status500InternalServerError),
                "the feature store hangs" => (_, response) => HangAsync(response),
                _ => gateway.Features.Answer,
            },
            what switch
            {
                "inference is full" => (_, response) => StatusAsync(response, StatusCodes.Status429TooManyRequests),
                "inference hangs" => (_, response) => HangAsync(response),
                "the caller goes away" => async (_, response) => { await left.CancelAsync(); await HangAsync(response); },
                "the model fails" => (_, response) => StatusAsync(response, StatusCodes.Status500InternalServerError),
                "the model answers no number" => (_, response) => InferenceStandIn.WriteAsync(response, "3", [float.NaN]),
                "the model is not loaded" => (_, response) => StatusAsync(response, StatusCodes.Status404NotFound),
                _ => gateway.Inference.Answer,
            });
        switch (what)
        {
            case "the feature store is gone":
                await gateway.Features.DisposeAsync();
                break;
            case "inference is gone":
                await gateway.Inference.DisposeAsync();
                break;
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, what switch
        {
            "no such model" => "/v1/models/unknown/predict",
            "no such version" => $"{RunningGateway.Predict}?version=99",
            _ => RunningGateway.Predict,
        })
        { Content = new StringContent(what == "a wrong field" ? "{}" : RunningGateway.Request(700).ToJsonString()) };
        request.Content.Headers.ContentType = new("application/json");
        if (what.EndsWith("hangs", StringComparison.Ordinal))
        {
            request.Headers.Add("x-request-timeout-ms", what == "inference hangs" ? "2000" : "100"); // the features are read in time before
        }

        try
        {
            using var response = await gateway.Client.SendAsync(request, left.Token);
            Assert.True((int)response.StatusCode >= 400);
        }
        catch (OperationCanceledException) when (left.IsCancellationRequested)
        {
        }
    }

    private static Task StatusAsync(HttpResponse response, int status)
    {
        response.StatusCode = status;
        return response.WriteAsJsonAsync(new { error = "it was told to fail" });
    }

    private static Task HangAsync(HttpResponse response) => Task.Delay(Timeout.Infinite, response.HttpContext.RequestAborted);
}
