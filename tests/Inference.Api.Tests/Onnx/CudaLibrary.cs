using System.Runtime.InteropServices;

namespace MlAspire.Inference.Api.Tests.Onnx;

/// <summary>Functions of the CUDA driver with its calling convention, for a machine that has no GPU: its "device" is memory of the host. What is copied to it arrives when the stream is waited for and not before.</summary>
internal static unsafe class CudaLibrary
{
    private const int InvalidDevice = 101;
    private const int InvalidContext = 201;
    private const nint Context = 77;

    [ThreadStatic]
    private static nint current;

    [ThreadStatic]
    private static List<(ulong Address, byte[] Bytes)>? waiting;

    /// <summary>The address of a function; 0 when there is none of that name.</summary>
    public static nint Function(string name) => name switch
    {
        "cuInit" => (nint)(delegate* unmanaged<uint, int>)&Init,
        "cuDeviceGet" => (nint)(delegate* unmanaged<int*, int, int>)&Device,
        "cuDevicePrimaryCtxRetain" => (nint)(delegate* unmanaged<nint*, int, int>)&Retain,
        "cuDevicePrimaryCtxRelease_v2" => (nint)(delegate* unmanaged<int, int>)&Release,
        "cuCtxSetCurrent" => (nint)(delegate* unmanaged<nint, int>)&SetCurrent,
        "cuMemcpyHtoD_v2" => (nint)(delegate* unmanaged<ulong, void*, nuint, int>)&ToDevice,
        "cuMemcpyDtoH_v2" => (nint)(delegate* unmanaged<void*, ulong, nuint, int>)&FromDevice,
        "cuStreamSynchronize" => (nint)(delegate* unmanaged<nint, int>)&Synchronize,
        _ => 0,
    };

    [UnmanagedCallersOnly]
    private static int Init(uint flags) => flags == 0 ? 0 : 1;

    [UnmanagedCallersOnly]
    private static int Device(int* device, int ordinal)
    {
        *device = 40 + ordinal;
        return ordinal == 0 ? 0 : InvalidDevice;
    }

    [UnmanagedCallersOnly]
    private static int Retain(nint* context, int device)
    {
        *context = Context;
        return device == 40 ? 0 : InvalidDevice;
    }

    [UnmanagedCallersOnly]
    private static int Release(int device) => device == 40 ? 0 : InvalidDevice;

    [UnmanagedCallersOnly]
    private static int SetCurrent(nint context)
    {
        current = context;
        return context == Context ? 0 : InvalidContext;
    }

    [UnmanagedCallersOnly]
    private static int ToDevice(ulong address, void* source, nuint bytes)
    {
        (waiting ??= []).Add((address, new ReadOnlySpan<byte>(source, (int)bytes).ToArray()));
        return current == Context ? 0 : InvalidContext;
    }

    [UnmanagedCallersOnly]
    private static int FromDevice(void* target, ulong address, nuint bytes)
    {
        new ReadOnlySpan<byte>((void*)address, (int)bytes).CopyTo(new Span<byte>(target, (int)bytes));
        return current == Context ? 0 : InvalidContext;
    }

    [UnmanagedCallersOnly]
    private static int Synchronize(nint stream)
    {
        foreach (var (address, bytes) in waiting ?? [])
        {
            bytes.CopyTo(new Span<byte>((void*)address, bytes.Length));
        }

        waiting = [];
        return stream == 0 ? 0 : 1;
    }
}
