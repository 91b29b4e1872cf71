using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using MlAspire.ServiceDefaults.Redaction;

namespace MlAspire.ServiceDefaults.Tests.Redaction;

public sealed class RedactorTests
{
    [Theory]
    [InlineData("password")]
    [InlineData("UserPassword")]
    [InlineData("user_password_hash")]
    [InlineData("X-Api-Key")]
    [InlineData("ConnectionStrings:redis")]
    [InlineData("refresh.token")]
    [InlineData("Authorization")]
    [InlineData("Set-Cookie")]
    [InlineData("EMAIL")]
    public void Name_is_sensitive_whatever_its_case_and_separators(string name) => Assert.True(SensitiveNames.Contains(name));

    [Theory]
    [InlineData("origin")]
    [InlineData("token_count")]
    [InlineData("gen_ai.client.token.usage")]
    [InlineData("CancellationToken")]
    [InlineData("key_prefix")]
    [InlineData("monkey")]
    [InlineData("")]
    public void Name_that_holds_no_secret_is_not(string name) => Assert.False(SensitiveNames.Contains(name));

    [Theory]
    [InlineData("login with password=hunter2 failed", "login with password=[redacted]")]
    [InlineData("Server=db;Password=a b;User=x", "Server=db;Password=[redacted];User=x")]
    [InlineData("""{"user":"x","password":"a \" b","n":1}""", """{"user":"x","password":[redacted],"n":1}""")]
    [InlineData("""{"credentials":{"user":"x","pass":"y"},"n":1}""", """{"credentials":[redacted]""")]
    [InlineData("apiKey 'k 1' is wrong", "apiKey [redacted]")]
    [InlineData("System.Exception: apiKey 'k 1'", "System.Exception: apiKey [redacted]")]
    [InlineData("note: a=b:token=c d", "note: a=b:token=[redacted]")]
    [InlineData("?token=abc&page=2", "?token=[redacted]")]
    [InlineData("Authorization: Bearer abc.def.ghi", "Authorization: [redacted]")]
    [InlineData("Cookie: a=1; session=2\r\nHost: x", "Cookie: [redacted]\r\nHost: x")]
    [InlineData("sent Bearer abcdefghij to it", "sent Bearer [redacted] to it")]
    [InlineData("redis://user:pw@localhost:6379/0", "redis://[redacted]@localhost:6379/0")]
    [InlineData("jwt eyJhbGciOi.eyJzdWIiOi.sig here", "jwt [redacted] here")]
    [InlineData("mail jane.doe+x@example.co.uk!", "mail [redacted]!")]
    [InlineData("password=a,b&c)d}e\nnext", "password=[redacted]\nnext")]
    [InlineData("pwd = 'it''s me' and more", "pwd = [redacted]")]
    [InlineData("""{"body":"{\"password\":\"x \\\" y\",\"n\":1}"}""", """{"body":"{\"password\":[redacted],\"n\":1}"}""")]
    [InlineData("""{"body":"{\u0022password\u0022:\u0022x \\u0022 y\u0022,\u0022n\u0022:1}"}""", """{"body":"{\u0022password\u0022:[redacted],\u0022n\u0022:1}"}""")] // as System.Text.Json writes JSON in JSON
    [InlineData("""{"a":"{\u0022b\u0022:\u0022{\\u0022token\\u0022:\\u0022x\\u0022}\u0022}"}""", """{"a":"{\u0022b\u0022:\u0022{\\u0022token\\u0022:[redacted]}\u0022}"}""")] // twice
    [InlineData("""{"error":"apiKey \u0027k; 1\u0027"}""", """{"error":"apiKey [redacted]""")]
    [InlineData("""{"body":"{\u0022Cookie\u0022:\u0022a=1; b=2\u0022}"}""", """{"body":"{\u0022Cookie\u0022:[redacted]}"}""")]
    [InlineData("""{"body":"{\"Cookie\":\"a=1; b=2\"}"}""", """{"body":"{\"Cookie\":[redacted]}"}""")]
    [InlineData("?next=%2Fx%3Fpassword%3Dhunter2", "?next=%2Fx%3Fpassword%3D[redacted]")]
    [InlineData("?next=%252Fx%253fpassword%253dhunter2\nnext", "?next=%252Fx%253fpassword%253d[redacted]\nnext")]
    [InlineData("?body=%7B%22password%22%20%3A%20%22a;b%22%7D", "?body=%7B%22password%22%20%3A%20[redacted]")]
    [InlineData("?body=%7B%22password%22:%22a;b%22%7D", "?body=%7B%22password%22:[redacted]")]
    [InlineData("""{"credentials":{"a":{"b":"}"},"pass":"y"},"n":1}""", """{"credentials":[redacted]""")]
    [InlineData("https://user:p@ss/w@host/x", "https://[redacted]@host/x")]
    [InlineData("DELETE /v1/subjects/passenger:Jane Doe", "DELETE /v1/subjects/[redacted]")]
    [InlineData("Client { Name = x, ApiKey = k-1 }", "Client { Name = x, ApiKey = [redacted]")]
    [InlineData("password =\n  hunter2\nnext", "password =\n  [redacted]\nnext")]
    [InlineData("password == hunter2", "password == [redacted]")]
    public void Secret_in_a_text_is_taken_out_and_the_rest_stays(string text, string expected) => Assert.Equal(expected, Redactor.Text(text));

    [Theory]
    [InlineData("")]
    [InlineData("Predicted ATL-LAX in 1.2 ms at http://localhost:5080/v1?x=1")]
    [InlineData("DELETE /v1/subjects/{**id} answered 200")]
    [InlineData("the key of the session is kept for the connection")]
    [InlineData("gateway/audit\n17\nq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjR+ssn=\n\n— gateway/audit fLq3ZpvMEjRpwd==\n")]
    public void Text_without_a_secret_is_the_same_instance(string text) => Assert.Same(text, Redactor.Text(text));

    [Fact]
    public void Text_over_the_limit_is_cut_and_says_so()
    {
        var text = new string('x', Redactor.MaxText) + "password=hunter2";
        Assert.Equal($"{new string('x', Redactor.MaxText)}... ({Redactor.MaxText + 16} characters)", Redactor.Text(text));
    }

    [Fact]
    public void Secrets_in_nested_collections_are_taken_out()
    {
        var value = new Dictionary<string, object?>
        {
            ["user"] = "x",
            ["list"] = new object[] { 1, "password=hunter2", new Dictionary<string, object?> { ["api_key"] = "k-1", ["n"] = null } },
        };
        var clean = Assert.IsType<Dictionary<string, object?>>(Redactor.Value("payload", value));
        var list = Assert.IsType<object?[]>(clean["list"]);
        Assert.Equal(("x", 1, "password=[redacted]"), (clean["user"], list[0], list[1]));
        Assert.Equal(new Dictionary<string, object?> { ["api_key"] = "[redacted]", ["n"] = null }, list[2]);
    }

    public static TheoryData<object, string> Named => new()
    {
        { new HeaderDictionary { ["X-Api-Key"] = "abc", ["Accept"] = new StringValues(["x", "y"]) }, """{"X-Api-Key":"[redacted]","Accept":"x,y"}""" },
        { new HttpRequestMessage { Headers = { { "X-Api-Key", "abc" }, { "Accept", "a/b" } } }.Headers, """{"X-Api-Key":"[redacted]","Accept":["a/b"]}""" },
        { new QueryCollection(new Dictionary<string, StringValues> { ["token"] = "abc", ["page"] = "1" }), """{"token":"[redacted]","page":"1"}""" },
        { new FormCollection(new Dictionary<string, StringValues> { ["password"] = "abc" }), """{"password":"[redacted]"}""" },
        { new List<KeyValuePair<string, string>> { new("password", "abc"), new("n", "1"), new("n", "2") }, """{"password":"[redacted]","n":"1","n 2":"2"}""" },
        { new object[] { 1, KeyValuePair.Create("password", "abc") }, """[1,{"password":"[redacted]"}]""" },
        { KeyValuePair.Create("password", 1234), """{"password":"[redacted]"}""" },
        { new Dictionary<string, int> { ["jane@x.com"] = 3, ["joe@x.com"] = 4 }, """{"[redacted]":3,"[redacted] 2":4}""" },
        { new Dictionary<string, Dictionary<string, int>> { ["pins"] = new() { ["api_key"] = 1234 } }, """{"pins":{"api_key":"[redacted]"}}""" },
        { new Dictionary<int, string> { [7] = "password=abc" }, """{"7":"password=[redacted]"}""" },
        { new Hashtable { ["password"] = "abc" }, """{"password":"[redacted]"}""" },
        { JsonNode.Parse("""{"password":"abc"}""")!, """{"password":"[redacted]"}""" },
        { new Dictionary<string, string>(), "[]" },
    };

    [Theory]
    [MemberData(nameof(Named))]
    public void Items_with_a_name_are_redacted_by_it_and_their_names_too(object value, string expected) =>
        Assert.Equal(expected, JsonSerializer.Serialize(Redactor.Value("what", value)));

    [Fact]
    public void Collection_comes_back_as_a_copy_of_its_type_that_later_changes_do_not_reach()
    {
        List<string> live = ["a"];
        string[] array = ["a"];
        var copies = (list: Redactor.Value("what", live), array: Redactor.Value("what", array));

        live.Add("password=hunter2");
        array[0] = "password=hunter2";

        Assert.Equal(["a"], Assert.IsType<object?[]>(copies.list));
        Assert.Equal(["a"], Assert.IsType<string[]>(copies.array));
    }

    [Fact]
    public void Of_a_collection_over_the_limit_the_first_items_are_written()
    {
        Assert.Equal(Enumerable.Range(0, 100), Assert.IsType<int[]>(Redactor.Value("what", Enumerable.Range(0, 100).ToArray())));
        Assert.Equal(Enumerable.Range(0, 100).Cast<object>(), Assert.IsType<object?[]>(Redactor.Value("what", Enumerable.Range(0, 101).ToArray())));
        Assert.Equal(100, Assert.IsType<Dictionary<string, object?>>(Redactor.Value("what", Enumerable.Range(0, 101).ToDictionary(each => $"{each}"))).Count);
    }

    [Fact]
    public void What_is_nested_too_deep_to_check_is_not_written()
    {
        object value = "deep";
        for (var level = 0; level < 8; level++)
        {
            value = new[] { value };
        }

        Assert.DoesNotContain("deep", JsonSerializer.Serialize(Redactor.Value("payload", value)), StringComparison.Ordinal);
    }

    [Fact]
    public void Anything_under_a_sensitive_name_goes_whole()
    {
        Assert.Equal(Redactor.Mark, Redactor.Value("pin_token", 1234));
        Assert.Equal(Redactor.Mark, Redactor.Value("Password", new List<string> { "a", "b" }));
        Assert.Null(Redactor.Value("Password", null));
    }
}
