using System.Net;
using System.Net.Sockets;

namespace MlAspire.Testing;

/// <summary>A TCP port of this machine that nobody listens on.</summary>
public static class FreePort
{
    public static int Take()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
