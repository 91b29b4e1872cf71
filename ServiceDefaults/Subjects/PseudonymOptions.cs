using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.ServiceDefaults.Subjects;

/// <summary>Section <c>Pseudonyms</c>: what stands in logs and spans for who uses the system. Read by the service that callers from outside reach.</summary>
public sealed class PseudonymOptions
{
    /// <summary>Secret, 32 to 256 characters, of all gateways the same; empty (default) = each process makes its own, so that its pseudonyms end with it.</summary>
    [RegularExpression("^(.{32,256})?$", ErrorMessage = "Pseudonyms:Key must have 32 to 256 characters, or be empty.")]
    public string Key { get; set; } = "";

    /// <summary>How long a pseudonym stands for the same id. 1 hour to 366 days; default 30 days.</summary>
    [TimeRange("01:00:00", "366.00:00:00")]
    public TimeSpan RotateEvery { get; set; } = TimeSpan.FromDays(30);
}

[OptionsValidator]
internal sealed partial class PseudonymOptionsValidator : IValidateOptions<PseudonymOptions>;
