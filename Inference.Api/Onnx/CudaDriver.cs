using System.Runtime.InteropServices;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>Copies between the host and the memory of one CUDA device, through the driver's library: the C# binding of ONNX Runtime has no call for it. For one thread.</summary>
/// <remarks>Source: <see href="https://docs.nvidia.com/cuda/cuda-driver-api/">CUDA driver API</see>. The context is the device's primary one, which ONNX Runtime uses too.</remarks>
internal sealed unsafe class CudaDriver : IDisposable
{
    private readonly Func<string, nint> function;
    private readonly int device;
    private readonly nint context;
    private readonly delegate* unmanaged<ulong, void*, nuint, int> toDevice;
    private readonly delegate* unmanaged<void*, ulong, nuint, int> fromDevice;

    /// <param name="function">The address of a function of the library, 0 when it has none of that name.</param>
    /// <exception cref="InvalidDataException">A function is missing, or the device cannot be had.</exception>
    public CudaDriver(int gpuId, Func<string, nint> function)
    {
        this.function = function;
        int found;
        nint primary;
        Check("cuInit", ((delegate* unmanaged<uint, int>)Find("cuInit"))(0));
        Check("cuDeviceGet", ((delegate* unmanaged<int*, int, int>)Find("cuDeviceGet"))(&found, gpuId));
        toDevice = (delegate* unmanaged<ulong, void*, nuint, int>)Find("cuMemcpyHtoD_v2");
        fromDevice = (delegate* unmanaged<void*, ulong, nuint, int>)Find("cuMemcpyDtoH_v2");
        Check("cuDevicePrimaryCtxRetain", ((delegate* unmanaged<nint*, int, int>)Find("cuDevicePrimaryCtxRetain"))(&primary, found));
        (device, context) = (found, primary);
    }

    /// <exception cref="InvalidDataException">The machine has no such library, or it cannot use the device.</exception>
    public static CudaDriver Open(int gpuId)
    {
        var name = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        return NativeLibrary.TryLoad(name, out var library)
            ? new CudaDriver(gpuId, function => NativeLibrary.TryGetExport(library, function, out var address) ? address : 0)
            : throw new InvalidDataException($"{name} cannot be loaded");
    }

    /// <summary>Makes the calling thread the one that copies.</summary>
    /// <returns>The device's context.</returns>
    public nint Attach()
    {
        Check("cuCtxSetCurrent", ((delegate* unmanaged<nint, int>)Find("cuCtxSetCurrent"))(context));
        return context;
    }

    /// <summary>Queues a copy to <paramref name="address"/> of the device; <see cref="Wait"/> says when all are done.</summary>
    public void ToDevice(ulong address, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* source = bytes)
        {
            Check("cuMemcpyHtoD_v2", toDevice(address, source, (nuint)bytes.Length));
        }
    }

    /// <summary>Copies from <paramref name="address"/> of the device and waits for it.</summary>
    public void FromDevice(Span<byte> bytes, ulong address)
    {
        fixed (byte* target = bytes)
        {
            Check("cuMemcpyDtoH_v2", fromDevice(target, address, (nuint)bytes.Length));
        }
    }

    /// <summary>Until what was copied is on the device: ONNX Runtime's stream does not wait for the one of copies.</summary>
    public void Wait() => Check("cuStreamSynchronize", ((delegate* unmanaged<nint, int>)Find("cuStreamSynchronize"))(0));

    public void Dispose() => _ = ((delegate* unmanaged<int, int>)Find("cuDevicePrimaryCtxRelease_v2"))(device);

    private static void Check(string name, int result)
    {
        if (result != 0)
        {
            throw new InvalidDataException($"{name} of the CUDA driver returned {result}");
        }
    }

    private nint Find(string name) => function(name) is not 0 and var address ? address : throw new InvalidDataException($"the CUDA driver has no {name}");
}
