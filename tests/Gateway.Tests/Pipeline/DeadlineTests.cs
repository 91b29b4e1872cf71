using System.Net;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Pipeline;

public sealed class DeadlineTests : IAsyncLifetime
{
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(new ManualTimeProvider());

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task The_deadline_is_passed_on_and_ends_the_request()
    {
        var asked = new TaskCompletionSource();
        var gone = new TaskCompletionSource();
        gateway.Inference.Answer = async (_, response) =>
        {
            response.HttpContext.RequestAborted.Register(gone.SetResult);
            asked.SetResult();
            await gone.Task;
        };

        var sending = gateway.PostAsync(RunningGateway.Request(1), headers: ("x-request-timeout-ms", "250"));
        await asked.Task.WithinAsync("the model to be asked");
        Assert.Equal("250", Assert.Single(gateway.Features.Requests).Header("x-request-timeout-ms"));
        Assert.Equal("250", Assert.Single(gateway.Inference.Requests).Header("x-request-timeout-ms"));
        gateway.Time!.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(sending.IsCompleted);
        gateway.Time.Advance(TimeSpan.FromMilliseconds(1));

        var (response, body) = await sending.WithinAsync("the answer after the deadline");
        Assert.Equal((HttpStatusCode.GatewayTimeout, "deadline_exceeded"), (response.StatusCode, (string)body["code"]!));
        await gone.Task.WithinAsync("the model's request to be cancelled");
        await gateway.FailedAsync("deadline_exceeded");
    }

    [Fact]
    public async Task A_model_has_all_of_the_time_that_the_caller_gives_and_is_asked_once()
    {
        var asked = new TaskCompletionSource();
        var answers = new TaskCompletionSource();
        gateway.Inference.Answer = async (request, response) =>
        {
            asked.TrySetResult();
            await answers.Task;
            await InferenceStandIn.AnswerAsync(request, response);
        };

        var sending = gateway.PostAsync(RunningGateway.Request(1), headers: ("x-request-timeout-ms", "60000"));
        await asked.Task.WithinAsync("the model to be asked");
        gateway.Time!.Advance(TimeSpan.FromSeconds(59));
        answers.SetResult();

        Assert.Equal(HttpStatusCode.OK, (await sending.WithinAsync("the answer within the deadline")).Response.StatusCode);
        Assert.Single(gateway.Inference.Requests);
    }

    [Fact]
    public async Task A_request_that_names_no_time_has_the_default()
    {
        await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal("10000", Assert.Single(gateway.Inference.Requests).Header("x-request-timeout-ms"));
    }

    [Theory]
    [InlineData("Pipeline:MaxTimeout", "00:01:01")]
    [InlineData("Pipeline:DefaultTimeout", "00:01:01")]
    [InlineData("Telemetry:MaxWait", "00:01:04")]
    public async Task A_gateway_whose_requests_may_outlast_the_wait_for_their_verdict_does_not_start(string setting, string value)
    {
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => RunningGateway.StartAsync(null, (setting, value)));

        Assert.Contains("Telemetry:MaxWait must be 00:00:05 longer", refusal.Message, StringComparison.Ordinal);
    }
}
