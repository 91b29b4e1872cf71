using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.ServiceDefaults.Columns;

namespace MlAspire.Gateway.Tests.Pipeline;

public sealed class ColumnsRequestTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Departure = new(2001, 3, 1, 8, 5, 0, TimeSpan.FromHours(-5));

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync();

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task Columns_are_predicted_and_recorded_as_the_same_rows_in_JSON_are()
    {
        var (_, json) = await gateway.PostAsync(RunningGateway.Request(1946, 200));

        using var response = await SendAsync(Request(1946, 200));
        var body = await RunningGateway.BodyOfAsync(response);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Outputs(json), Outputs(body));
        var records = (await gateway.AuditAsync()).Select(record => JsonNode.Parse(record)!).ToArray();
        Assert.Equal(records[..2].Select(Kept), records[2..].Select(Kept));

        static string[] Outputs(JsonNode answer) => [.. answer["predictions"]!.AsArray().Select(prediction => prediction!["output"]!.ToJsonString() + (string?)prediction["label"])];
        static string Kept(JsonNode record) => $"{record["entities"]!.ToJsonString()} {record["inputs"]!.ToJsonString()} {(string?)record["model_input"]} {record["prediction"]!.ToJsonString()}";
    }

    [Fact]
    public async Task The_answer_can_be_columns_too()
    {
        using var response = await SendAsync([.. Request(1946, 9_000), new TextColumn("prediction_ids", ["a", "b"])], Column.ContentType);

        Assert.Equal(Column.ContentType, response.Content.Headers.ContentType?.MediaType);
        var (rows, header, columns) = ColumnsReader.Read(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), 1_000);
        var answer = JsonNode.Parse(header)!;
        Assert.Equal((2, "flight-delay", 1, 4), (rows, (string?)answer["model"]!["name"], (int)answer["audit"]!["index"]!, (int)answer["audit"]!["tree_size"]!));
        Assert.Equal<string?[]>(["a", "b"], ((TextColumn)columns[0]).Values);
        Assert.Equal("output.probability", columns[1].Name);
        Assert.Equal<double[]>([0.1946f, 0.9f], ((NumberColumn)columns[1]).Values);
        Assert.Equal<string?[]>(["on_time", "late"], ((TextColumn)columns[2]).Values);
    }

    [Fact]
    public async Task Every_wrong_value_is_named_with_its_field_and_row()
    {
        Column[] request =
        [
            new TextColumn("entities.origin", ["ATL", "XXX"]), new NumberColumn("entities.destination", [1, 2]), new NumberColumn("inputs.distance_miles", [double.NaN, 10_001]),
            new TextColumn("prediction_ids", ["a", "a"]), new NumberColumn("more", [1, 2]),
        ];

        using var response = await SendAsync(request);
        var body = await RunningGateway.BodyOfAsync(response);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_argument"), (response.StatusCode, (string?)body["code"]));
        Assert.Equal(
            ["more", "entities.origin[1]", "entities.destination", "inputs.distance_miles[0]", "inputs.distance_miles[1]", "inputs.departure", "prediction_ids[1]"],
            body["errors"]!.AsArray().Select(error => (string?)error!["field"]));
        Assert.Empty(gateway.Features.Requests);
    }

    [Theory]
    [InlineData(0, HttpStatusCode.BadRequest)]
    [InlineData(1, HttpStatusCode.OK)]
    [InlineData(1_000, HttpStatusCode.OK)]
    [InlineData(1_001, HttpStatusCode.BadRequest)]
    public async Task One_to_a_thousand_rows_are_taken(int rows, HttpStatusCode status)
    {
        using var response = await SendAsync(Request([.. Enumerable.Repeat(1.0, rows)]), Column.ContentType);

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task A_repeated_request_with_an_idempotency_key_is_answered_as_before()
    {
        using var first = await SendAsync(Request(1946), Column.ContentType, "k-1");
        using var second = await SendAsync(Request(1946), Column.ContentType, "k-1");
        using var other = await SendAsync(Request(1947), Column.ContentType, "k-1");

        Assert.Equal(
            await first.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), await second.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal((HttpStatusCode.BadRequest, 1), (other.StatusCode, (await gateway.AuditAsync()).Length));
    }

    private static Column[] Request(params double[] miles) =>
    [
        new TextColumn("entities.origin", [.. miles.Select(_ => "ATL")]), new TextColumn("entities.destination", [.. miles.Select(_ => "LAX")]),
        new NumberColumn("inputs.distance_miles", miles), new TimeColumn("inputs.departure", [.. miles.Select(_ => (DateTimeOffset?)Departure)]),
    ];

    private async Task<HttpResponseMessage> SendAsync(Column[] columns, string accept = "application/json", string? idempotencyKey = null)
    {
        var rows = columns.OfType<NumberColumn>().First().Values.Length;
        using var content = new ByteArrayContent(ColumnsWriter.Write([], rows, columns));
        content.Headers.ContentType = new MediaTypeHeaderValue(Column.ContentType);
        using var message = new HttpRequestMessage(HttpMethod.Post, RunningGateway.Predict) { Content = content };
        message.Headers.Accept.ParseAdd(accept);
        if (idempotencyKey is not null)
        {
            message.Headers.Add("idempotency-key", idempotencyKey);
        }

        return await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
    }
}
