using System.Diagnostics.CodeAnalysis;

[assembly: SuppressMessage("ApiDesign", "RS0030", Scope = "namespaceanddescendants", Target = "~N:Microsoft.AspNetCore.Http.Generated",
    Justification = "The routes that ASP.NET Core's generator writes assert with Debug, which our own code must not.")]
