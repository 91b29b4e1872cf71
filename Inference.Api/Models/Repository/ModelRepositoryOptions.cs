using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.Inference.Api.Models.Residency;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Inference.Api.Models.Repository;

/// <summary>Where the models are and what changes them. Section <c>ModelRepository</c>.</summary>
public sealed class ModelRepositoryOptions
{
    public const string Section = "ModelRepository";

    /// <summary>The directory that holds <c>&lt;name&gt;/config.json</c> and <c>&lt;name&gt;/&lt;version&gt;/model.onnx</c>. Required. It must be readable at the start, but with <see cref="ModelControlMode.Poll"/>: then it is waited for.</summary>
    [Required]
    public string Path { get; set; } = "";

    /// <summary>Default poll: a model that training writes is served without a restart.</summary>
    public ModelControlMode ControlMode { get; set; } = ModelControlMode.Poll;

    /// <summary>With <see cref="ModelControlMode.Explicit"/>: the models that are loaded at the start; <c>*</c> = all. Default none. The other modes load all.</summary>
    public IReadOnlyList<string> Load { get; set; } = [];

    /// <summary>With <see cref="ModelControlMode.Poll"/>: time between two looks at the files; [0.1 s, 1 day], default 5 s.</summary>
    [TimeRange("00:00:00.1", "1.00:00:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Memory for sessions, measured as <see cref="ModelResidency.CostOf"/> says; [0, 1 PiB], default 0 = no bound. Above it the model used longest ago goes, and comes back when it is asked for.</summary>
    [Range(0, 1L << 50)]
    public long MemoryBudgetBytes { get; set; }

    /// <summary>With a budget: how long a model waits for room in memory while what is there is in use; [0.1 s, 10 min], default 10 s. Then its requests are overloaded (429).</summary>
    [TimeRange("00:00:00.1", "00:10:00")]
    public TimeSpan ColdLoadTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a version's warm-up and golden inference may take together; [0.1 s, 1 day], default 5 min. A version that takes longer is not served, and the others do not wait for it.</summary>
    [TimeRange("00:00:00.1", "1.00:00:00")]
    public TimeSpan TrialTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Models of the repository; [1, 1000000], default 10,000. Those beyond, in the order of their names, are not served, and a load of one more name is overloaded (429).</summary>
    [Range(1, 1_000_000)]
    public int MaxModels { get; set; } = 10_000;

    /// <summary>Bytes of one version's files together; [1, 1 TiB], default 16 GiB. A larger one is refused. The ONNX file itself is always below 2 GiB.</summary>
    [Range(1, 1L << 40)]
    public long MaxModelBytes { get; set; } = 1L << 34;
}

/// <summary>Checks <see cref="ModelRepositoryOptions"/> at start.</summary>
[OptionsValidator]
internal sealed partial class ModelRepositoryOptionsValidator : IValidateOptions<ModelRepositoryOptions>;
