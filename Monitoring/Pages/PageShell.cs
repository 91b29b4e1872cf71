using Microsoft.AspNetCore.Http.HttpResults;
using MlAspire.ServiceDefaults.Access;

namespace MlAspire.Monitoring.Pages;

/// <summary>What all pages have around what they show; no scripts.</summary>
internal static class PageShell
{
    /// <summary>The way back to the first page.</summary>
    public const string Back = """<a href="/">monitoring</a>""";

    /// <param name="title">Of the window, behind the product's name; plain text of ours, as everything here.</param>
    /// <param name="heading">Of the page.</param>
    /// <param name="aside">HTML to the right of it.</param>
    /// <param name="main">HTML below.</param>
    /// <param name="renewSeconds">The browser asks again after so long; null = never.</param>
    public static ContentHttpResult Of(string title, string heading, string aside, string main, int? renewSeconds = null) => TypedResults.Content($"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">{(renewSeconds is null ? "" : $"""<meta http-equiv="refresh" content="{renewSeconds}">""")}
        <link rel="icon" href="data:,">
        <title>MlAspire {title}</title>
        <style>{OverviewStyle.Css}</style>
        </head>
        <body>
        <header><h1>MlAspire <span>{heading}</span></h1><p>{aside}</p></header>
        <main>
        {main}
        </main>
        </body>
        </html>
        """, "text/html; charset=utf-8");

    /// <summary>A page, read with a key where there are keys.</summary>
    public static RouteHandlerBuilder AsPage(this RouteHandlerBuilder route, string summary) => route.RequireKeyOrPassword().WithTags("pages").WithSummary(summary).Produces<string>(StatusCodes.Status200OK, "text/html");
}
