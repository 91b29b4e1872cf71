using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Pipelines.Sockets.Unofficial;
using StackExchange.Redis;

namespace MlAspire.LocalFeed.Pipelines.Sockets.Unofficial.Tests;

public sealed class StackExchangeRedisReferencesTests
{
    // Stands for the type parameters of whatever generic type or method a reference is made in.
    private static readonly Type[][] Arguments =
    [
        [.. Enumerable.Repeat(typeof(object), 8)], [.. Enumerable.Repeat(typeof(int), 8)],
        [.. Enumerable.Repeat(typeof(Action), 8)], [.. Enumerable.Repeat(typeof(DayOfWeek), 8)],
        [.. Enumerable.Repeat(typeof(IDatabase), 8)],
    ];

    [Fact]
    public void Every_type_and_member_that_StackExchange_Redis_refers_to_exists()
    {
        var redis = typeof(ConnectionMultiplexer).Assembly;
        using var image = new PEReader(File.OpenRead(redis.Location));
        var metadata = image.GetMetadataReader();
        var tokens = metadata.TypeReferences.Select(h => MetadataTokens.GetToken(h)).Concat(metadata.MemberReferences.Select(h => MetadataTokens.GetToken(h)));

        var ours = new List<string>();
        var missing = new List<string>();
        foreach (var token in tokens)
        {
            var resolved = Arguments.Select(arguments => Resolve(redis.ManifestModule, token, arguments)).FirstOrDefault(m => m is not null);
            if (resolved is null)
            {
                missing.Add(NameOf(metadata, token));
            }
            else if (((resolved as Type) ?? resolved.DeclaringType)!.Assembly == typeof(SocketConnection).Assembly)
            {
                ours.Add($"{resolved.DeclaringType}.{resolved.Name}");
            }
        }

        Assert.Equal("", string.Join(", ", missing));
        // 24 types and 80 members in 2.13.23: fewer would mean that the references were not found.
        Assert.Equal(24 + 80, ours.Count);
    }

    // The runtime's own look-up, by full signature, as when the code that contains the reference is compiled.
    private static System.Reflection.MemberInfo? Resolve(System.Reflection.Module module, int token, Type[] arguments)
    {
        try
        {
            return module.ResolveMember(token, arguments, arguments);
        }
        catch (Exception e) when (e is MissingMemberException or TypeLoadException or ArgumentException or System.Security.VerificationException)
        {
            return null;
        }
    }

    private static string NameOf(MetadataReader metadata, int token) => MetadataTokens.EntityHandle(token) is { Kind: HandleKind.TypeReference } type
        ? metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)type).Name)
        : metadata.GetString(metadata.GetMemberReference((MemberReferenceHandle)MetadataTokens.EntityHandle(token)).Name);
}
