using System.Globalization;
using System.Text;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Gateway.Audit.Rotation;

/// <summary>That the log's key is being replaced, or was and no record says so yet: a file beside the log.</summary>
/// <remarks>As text, a line each: <c>begun</c> or <c>done</c>, the ids of both keys in hexadecimal, the time: <c>done</c>, <c>0a1b2c3d</c>, <c>4e5f6071</c>, <c>2001-03-01T12:00:00.0000000+00:00</c>.</remarks>
/// <param name="IsDone">Whether all is signed by the new key; else some may be by either.</param>
/// <param name="Old">Id of the key that signed until now.</param>
/// <param name="New">Id of the key that signs from now on.</param>
/// <param name="At">When it was begun.</param>
internal sealed record RotationMark(bool IsDone, string Old, string New, DateTimeOffset At)
{
    public const string Name = "checkpoint.rotation";

    private const string Begun = "begun";
    private const string Done = "done";

    /// <summary>Whether it is of these keys.</summary>
    public bool IsOf(CheckpointKey old, CheckpointKey made) => (Old, New) == (IdOf(old), IdOf(made));

    public static string IdOf(CheckpointKey key) => Convert.ToHexStringLower(key.Id);

    /// <returns>Null when there is none.</returns>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static RotationMark? Read(string directory)
    {
        var path = Path.Combine(directory, Name);
        return !File.Exists(path) ? null
            : File.ReadAllText(path).Split('\n') is [Begun or Done, var old, var made, var time, ""] lines && DateTimeOffset.TryParseExact(time, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
                ? new(lines[0] == Done, old, made, at)
                : throw new InvalidDataException($"{path} is no mark of a rotation.");
    }

    /// <summary>Refuses a log that is not signed by one key, or by another one than its gateway has.</summary>
    /// <exception cref="InvalidDataException">It is so; the message says what to do.</exception>
    public static void Check(string directory, CheckpointKey key)
    {
        if (Read(directory) is { } mark && (!mark.IsDone || mark.New != IdOf(key)))
        {
            throw new InvalidDataException(mark.IsDone
                ? $"The audit log is signed by the key {mark.New} since it was rotated; Audit:KeyFile must name that one."
                : "The rotation of the audit log's key was begun and is not done: run 'audit rotate' again, with the same keys.");
        }
    }

    public void Write(string directory) =>
        WholeFile.Write(Path.Combine(directory, Name), Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(IsDone ? Done : Begun)}\n{Old}\n{New}\n{At:O}\n")));

    public static void Remove(string directory) => File.Delete(Path.Combine(directory, Name));
}
