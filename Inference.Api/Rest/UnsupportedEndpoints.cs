using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary>Triton's routes that this server does not have: 501 with a reason, so that a client can tell them from a wrong path.</summary>
internal static class UnsupportedEndpoints
{
    public static void MapUnsupported(this IEndpointRouteBuilder routes)
    {
        foreach (var path in (string[])["/v2/trace/setting", "/v2/models/{model}/trace/setting"])
        {
            routes.Map(path, Task () => throw Unsupported.Trace());
        }

        foreach (var kind in (string[])["/v2/systemsharedmemory", "/v2/cudasharedmemory"])
        {
            routes.Map(kind + "/{**act}", Task () => throw Unsupported.SharedMemory());
        }

        foreach (var act in (string[])["index", "models/{model}/load", "models/{model}/unload"])
        {
            routes.Map("/v2/repository/{repository}/" + act, Task () => throw Unsupported.Repository());
        }

        foreach (var model in (string[])["/v2/models/{model}", "/v2/models/{model}/versions/{version}"])
        {
            routes.Map(model + "/generate", Task () => throw Unsupported.Generate());
            routes.Map(model + "/generate_stream", Task () => throw Unsupported.Generate());
        }
    }
}
