using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Serving;
using Answered = MlAspire.Inference.Api.Protos.LogSettingsResponse.Types.SettingValue;
using Asked = MlAspire.Inference.Api.Protos.LogSettingsRequest.Types.SettingValue;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Between the messages of the logging extension and <see cref="LogSettings"/>.</summary>
internal static class GrpcLogSettings
{
    /// <summary>A value that is not set is null.</summary>
    public static IReadOnlyDictionary<string, object?> Settings(LogSettingsRequest request) => request.Settings.ToDictionary(
        pair => pair.Key,
        pair => pair.Value.ParameterChoiceCase switch
        {
            Asked.ParameterChoiceOneofCase.BoolParam => pair.Value.BoolParam,
            Asked.ParameterChoiceOneofCase.Uint32Param => (long)pair.Value.Uint32Param,
            Asked.ParameterChoiceOneofCase.StringParam => pair.Value.StringParam,
            _ => (object?)null,
        },
        StringComparer.Ordinal);

    public static LogSettingsResponse ToMessage(LogSettings settings) => new()
    {
        Settings =
        {
            ["log_file"] = new Answered { StringParam = settings.LogFile },
            ["log_info"] = new Answered { BoolParam = settings.LogInfo },
            ["log_warning"] = new Answered { BoolParam = settings.LogWarning },
            ["log_error"] = new Answered { BoolParam = settings.LogError },
            ["log_verbose_level"] = new Answered { Uint32Param = (uint)settings.LogVerboseLevel },
            ["log_format"] = new Answered { StringParam = settings.LogFormat },
        },
    };
}
