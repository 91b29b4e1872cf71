using Microsoft.OpenApi;
using MlAspire.ServiceDefaults.Access;

namespace MlAspire.ServiceDefaults.OpenApi;

/// <summary>Keys in the document: the two ways to send one, and which routes need it.</summary>
internal static class ApiSecurity
{
    private const string Header = "api_key";
    private const string Bearer = "bearer";
    private const string Password = "password";

    public static void AddSchemes(OpenApiDocument document)
    {
        SchemesOf(document)[Header] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = ApiKey.Header, Description = "An API key of 32 to 256 characters." };
        SchemesOf(document)[Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = $"The same key; {ApiKey.Header} goes before it." };
    }

    /// <summary>Either way will do; where the service knows scopes, the one that the key must have is named beside it.</summary>
    public static void AddTo(OpenApiOperation operation, OpenApiDocument document, IList<object> metadata)
    {
        if (metadata.OfType<INeedsKey>().LastOrDefault() is { } needs)
        {
            List<string> scopes = needs.Scope is { } scope ? [scope] : [];
            string[] ways = needs.OrPassword ? [Header, Bearer, Password] : [Header, Bearer];
            if (needs.OrPassword)
            {
                SchemesOf(document)[Password] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "basic", Description = "The same key as the password of any name: for browsers." };
            }

            operation.Security = [.. ways.Select(scheme => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, document)] = scopes })];
        }
    }

    private static IDictionary<string, IOpenApiSecurityScheme> SchemesOf(OpenApiDocument document) =>
        (document.Components ??= new OpenApiComponents()).SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
}
