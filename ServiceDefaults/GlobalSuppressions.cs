using System.Diagnostics.CodeAnalysis;

[assembly: SuppressMessage("ApiDesign", "RS0030", Scope = "namespaceanddescendants", Target = "~N:Microsoft.AspNetCore.Http.Generated",
    Justification = "The routes that ASP.NET Core's generator writes assert with Debug, which our own code must not.")]
[assembly: SuppressMessage("AOT", "IL4000", Scope = "member", Target = "~P:MlAspire.ServiceDefaults.Redaction.Reflection.FindsAll",
    Justification = ".NET cannot be asked whether a program was trimmed, so no body proves it; in one that was, the switch of the attribute makes the property false (Inference.Api.csproj).")]
