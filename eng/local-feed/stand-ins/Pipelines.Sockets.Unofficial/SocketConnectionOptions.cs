namespace Pipelines.Sockets.Unofficial;

/// <summary>Choices that the genuine connection offers. Ours has one way to read and write; SE.Redis always passes <see cref="None"/>.</summary>
[Flags]
public enum SocketConnectionOptions
{
    None = 0,
}
