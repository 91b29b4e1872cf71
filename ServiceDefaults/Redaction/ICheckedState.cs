namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>A scope whose values passed <see cref="Redactor"/> when they were put in, or cannot hold a secret: it is not checked again with every line.</summary>
internal interface ICheckedState : IReadOnlyList<KeyValuePair<string, object?>>;
