using MlAspire.ServiceDefaults.Files;

namespace MlAspire.ServiceDefaults.Tests.Files;

public sealed class SecretFileTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("secret-");

    private string Secret => Path.Combine(folder.FullName, "keys", "secret");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_secret_is_made_once_for_its_owner_only()
    {
        Assert.Equal("first", SecretFile.ReadOrMake(Secret, () => "first"));
        Assert.Equal("first", SecretFile.ReadOrMake(Secret, () => "second"));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(Secret).UnixFileMode);
        Assert.Equal(["secret"], Directory.EnumerateFiles(Path.GetDirectoryName(Secret)!).Select(Path.GetFileName));
    }

    [Fact]
    public void What_ends_amid_the_making_leaves_no_file_that_would_be_taken_for_a_secret()
    {
        Assert.Throws<InvalidOperationException>(() => SecretFile.ReadOrMake(Secret, () => throw new InvalidOperationException()));

        Assert.Equal("whole", SecretFile.ReadOrMake(Secret, () => "whole"));
    }

    [Fact]
    public void The_names_in_a_directory_that_is_not_there_cannot_be_forced_to_disk()
    {
        DiskFlush.Directory(folder.FullName);

        Assert.Contains("No such file", Assert.Throws<IOException>(() => DiskFlush.Directory(Secret)).Message, StringComparison.Ordinal);
    }
}
