using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Serving;

/// <summary>Extensions of Triton that this server does not have, and what to use in their place.</summary>
internal static class Unsupported
{
    public static ServiceError Trace() => new(ErrorCode.Unimplemented, "traces are not set by request; every request is a span of OpenTelemetry, sent where OTEL_EXPORTER_OTLP_ENDPOINT says");

    public static ServiceError SharedMemory() => new(ErrorCode.Unimplemented, "shared memory is not supported; send tensors in the request, over REST as binary tensor data");

    public static ServiceError Repository() => new(ErrorCode.Unimplemented, "there is one repository; leave its name out", "repository_name");

    public static ServiceError Generate() => new(ErrorCode.Unimplemented, "generate is not supported; use infer");
}
