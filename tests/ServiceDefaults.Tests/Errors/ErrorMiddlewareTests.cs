using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.Testing;

namespace MlAspire.ServiceDefaults.Tests.Errors;

public sealed class ErrorMiddlewareTests : IAsyncLifetime
{
    private readonly TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServiceHost service = null!;

    public sealed record Entities(IReadOnlyList<int> Origin);

    public sealed record Request(Entities Entities)
    {
        public required string Name { get; init; }
    }

    public async ValueTask InitializeAsync() => service = await TestService.StartAsync(builder => builder.UseSetting("Logging:LogLevel:MlAspire", "Debug"), app =>
    {
        app.MapPost("/orders", (Request request) => request.Name);
        app.MapPost("/v2/orders", (Request request) => request.Name);
        app.MapGet("/orders/{id:int}", (int id, int page) => id + page);
        app.MapGet("/throw/{code}", (ErrorCode code) => Results.Ok(Fail(code)));
        app.MapGet("/many", string () => throw ServiceError.Many(ErrorCode.InvalidArgument, [new("a", "is required"), new("b[1]", "is negative")]));
        app.MapGet("/v2/many", string () => throw ServiceError.Many(ErrorCode.InvalidArgument, [new("a", "is required"), new("b[1]", "is negative")]));
        app.MapGet("/crash", string () => throw new InvalidOperationException("secret-text"));
        app.MapGet("/busy", string () => throw new ServiceError(ErrorCode.Overloaded, "Too many.") { RetryAfter = TimeSpan.FromSeconds(2.5) });
        app.MapGet("/timeout", string () => throw new OperationCanceledException());
        app.MapGet("/wait", async (CancellationToken cancellationToken) =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        });
    });

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Theory]
    [InlineData("""{"name": "x", "entities": {"origin": ["ATL"]}}""", "entities.origin[0]", "has the wrong type, or is null where a value is needed")]
    [InlineData("""{"entities": {"origin": [1]}}""", "name", "is required")]
    [InlineData("""{"name": 1, "entities": {"origin": [1]}}""", "name", "has the wrong type, or is null where a value is needed")]
    [InlineData("""[]""", "body", "has the wrong type, or is null where a value is needed")]
    [InlineData("""{"name": """, "name", "The body is not valid JSON (line 1, byte 9).")]
    [InlineData("""{"name": "x", "entities": {"origin": [1,]}}""", "entities.origin[1]", "The body is not valid JSON (line 1, byte 40).")]
    [InlineData("", "body", "A JSON body is required.")]
    public async Task Body_that_cannot_be_bound_is_400_that_names_the_field(string body, string field, string message)
    {
        var response = await service.Client.PostAsync("/orders", new StringContent(body, Encoding.UTF8, "application/json"));

        var problem = await ProblemAsync(response, HttpStatusCode.BadRequest, "invalid_argument");
        Assert.Equal([new FieldError(field, message)], problem.Errors);
    }

    [Theory]
    [InlineData("/orders/1", "page", "is required")]
    [InlineData("/orders/1?page=abc", "page", "has the wrong type")]
    public async Task Query_that_cannot_be_bound_is_400_that_names_the_parameter(string path, string field, string message)
    {
        var problem = await ProblemAsync(await service.Client.GetAsync(path), HttpStatusCode.BadRequest, "invalid_argument");
        Assert.Equal([new FieldError(field, message)], problem.Errors);
    }

    public static TheoryData<ErrorCode> Codes => [.. Enum.GetValues<ErrorCode>().Where(code => code != ErrorCode.Cancelled)];

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Each_code_is_answered_with_its_status_wire_name_and_text(ErrorCode code)
    {
        var response = await service.Client.GetAsync($"/throw/{code}");

        var status = ErrorMapping.Of(code);
        var problem = await ProblemAsync(response, (HttpStatusCode)status.HttpStatus, status.Wire);
        Assert.Equal("A text.", problem.Detail);
        Assert.Equal(code is ErrorCode.Overloaded or ErrorCode.Unavailable or ErrorCode.NotReady, response.Headers.RetryAfter is not null);
    }

    [Fact]
    public async Task Several_wrong_fields_are_all_named()
    {
        var problem = await ProblemAsync(await service.Client.GetAsync("/many"), HttpStatusCode.BadRequest, "invalid_argument");
        Assert.Equal([new FieldError("a", "is required"), new FieldError("b[1]", "is negative")], problem.Errors);
        Assert.Equal("2 fields are wrong: a, b[1].", problem.Detail);
    }

    [Fact]
    public async Task Routes_below_v2_answer_the_error_object_of_the_protocol()
    {
        var response = await service.Client.GetAsync("/v2/many");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("""{"error":"a: is required; b[1]: is negative","code":"invalid_argument","field":"a"}""", await response.Content.ReadAsStringAsync());
        Assert.Equal("""{"error":"There is nothing at this path.","code":"not_found"}""", await (await service.Client.GetAsync("/v2/nothing")).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Unexpected_exception_is_500_without_its_text_and_one_error_line_with_it()
    {
        var response = await service.Client.GetAsync("/crash");

        var problem = await ProblemAsync(response, HttpStatusCode.InternalServerError, "internal");
        Assert.Equal("An unexpected error occurred.", problem.Detail);
        Assert.DoesNotContain("secret-text", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var line = Assert.Single(service.Logs.Events, each => each.Level >= LogLevel.Warning);
        Assert.Equal(("request_failed", "GET /crash failed with an unexpected error"), (line.Event, line.Message));
        Assert.Equal("secret-text", line.Exception?.Message);
    }

    [Fact]
    public async Task Unexpected_exception_is_without_text_in_Development_too()
    {
        await using var development = await TestService.StartAsync(
            builder => builder.Environment.EnvironmentName = "Development",
            app => app.MapGet("/crash", string () => throw new InvalidOperationException("secret-text")));
        var problem = await ProblemAsync(await development.Client.GetAsync("/crash"), HttpStatusCode.InternalServerError, "internal");
        Assert.Equal("An unexpected error occurred.", problem.Detail);
    }

    [Fact]
    public async Task Retry_after_is_whole_seconds_rounded_up() =>
        Assert.Equal(TimeSpan.FromSeconds(3), (await service.Client.GetAsync("/busy")).Headers.RetryAfter?.Delta);

    [Fact]
    public async Task Unknown_path_is_404_and_wrong_method_405_and_wrong_type_415_as_problems()
    {
        await ProblemAsync(await service.Client.GetAsync("/nothing"), HttpStatusCode.NotFound, "not_found");
        var wrongMethod = await service.Client.DeleteAsync("/orders");
        await ProblemAsync(wrongMethod, HttpStatusCode.MethodNotAllowed, "unimplemented");
        Assert.Equal(["POST"], wrongMethod.Content.Headers.Allow);
        var wrongType = await service.Client.PostAsync("/orders", new StringContent("name=x", Encoding.UTF8, "text/plain"));
        var problem = await ProblemAsync(wrongType, HttpStatusCode.UnsupportedMediaType, "invalid_argument");
        Assert.Equal("content-type", Assert.Single(problem.Errors).Field);
    }

    [Fact]
    public async Task Body_over_the_limit_is_413()
    {
        await using var small = await TestService.StartAsync(
            builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 1_000),
            app => app.MapPost("/orders", (Request request) => request.Name));
        var response = await small.Client.PostAsJsonAsync("/orders", new { name = new string('x', 1_001) });
        await ProblemAsync(response, HttpStatusCode.RequestEntityTooLarge, "payload_too_large");
    }

    [Fact]
    public async Task Time_out_of_our_own_is_504() =>
        await ProblemAsync(await service.Client.GetAsync("/timeout"), HttpStatusCode.GatewayTimeout, "deadline_exceeded");

    [Fact]
    public async Task Caller_that_hangs_up_is_not_logged_as_an_error()
    {
        using var hangUp = new CancellationTokenSource();
        var call = service.Client.GetAsync("/wait", hangUp.Token);
        await arrived.Task.WithinAsync("the request to arrive");

        await hangUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Eventually.TrueAsync("the line that the caller went away", () => service.Logs.Named("caller_went_away").Any());
        Assert.DoesNotContain(service.Logs.Events, each => each.Level > LogLevel.Debug && each.Category.Contains("Error", StringComparison.Ordinal));
    }

    private static string Fail(ErrorCode code) => throw new ServiceError(code, "A text.");

    private static async Task<ProblemBody> ProblemAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, $"{response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize(text, ErrorJson.Default.ProblemBody)!;
        Assert.Equal(((int)status, code), (problem.Status, problem.Code));
        Assert.Equal("about:blank", problem.Type);
        Assert.Equal(response.Headers.GetValues("x-correlation-id").Single(), problem.CorrelationId);
        Assert.Matches("^[0-9a-f]{32}$", problem.TraceId);
        return problem;
    }
}
