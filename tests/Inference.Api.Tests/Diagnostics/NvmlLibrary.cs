using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using MlAspire.Inference.Api.Diagnostics;

namespace MlAspire.Inference.Api.Tests.Diagnostics;

/// <summary>NVML's functions with its calling convention and structures, for a machine that has no GPU. Two devices: the second has no power sensor.</summary>
internal static unsafe class NvmlLibrary
{
    private const int NotSupported = 3;
    private const int InvalidArgument = 2;

    /// <summary>The address of a function; 0 when there is none of that name.</summary>
    public static nint Function(string name) => name switch
    {
        "nvmlInit_v2" or "nvmlShutdown" => (nint)(delegate* unmanaged<int>)&Succeed,
        "nvmlDeviceGetCount_v2" => (nint)(delegate* unmanaged<uint*, int>)&Count,
        "nvmlDeviceGetHandleByIndex_v2" => (nint)(delegate* unmanaged<uint, nint*, int>)&Handle,
        "nvmlDeviceGetUUID" => (nint)(delegate* unmanaged<nint, byte*, uint, int>)&Uuid,
        "nvmlDeviceGetName" => (nint)(delegate* unmanaged<nint, byte*, uint, int>)&Name,
        "nvmlDeviceGetMemoryInfo_v2" => (nint)(delegate* unmanaged<nint, Nvml.MemoryInfo*, int>)&Memory,
        "nvmlDeviceGetUtilizationRates" => (nint)(delegate* unmanaged<nint, uint*, int>)&Utilization,
        "nvmlDeviceGetPowerUsage" => (nint)(delegate* unmanaged<nint, uint*, int>)&Power,
        "nvmlDeviceGetTotalEnergyConsumption" => (nint)(delegate* unmanaged<nint, ulong*, int>)&Energy,
        _ => 0,
    };

    /// <summary>The same library where it finds no driver: NVML_ERROR_DRIVER_NOT_LOADED.</summary>
    public static nint WithoutDriver(string name) => name == "nvmlInit_v2" ? (nint)(delegate* unmanaged<int>)&NoDriver : 0;

    [UnmanagedCallersOnly]
    private static int Succeed() => 0;

    [UnmanagedCallersOnly]
    private static int NoDriver() => 9;

    [UnmanagedCallersOnly]
    private static int Count(uint* count)
    {
        *count = 2;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Handle(uint index, nint* device)
    {
        *device = 1000 + (nint)index;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Uuid(nint device, byte* text, uint length) => Write($"GPU-{device - 1000}", text, length);

    [UnmanagedCallersOnly]
    private static int Name(nint device, byte* text, uint length) => Write("NVIDIA H100", text, length);

    /// <summary>Offsets of nvmlMemory_v2_t: version 0, total 8, reserved 16, free 24, used 32; 40 bytes.</summary>
    [UnmanagedCallersOnly]
    private static int Memory(nint device, Nvml.MemoryInfo* memory)
    {
        var bytes = (byte*)memory;
        if (Unsafe.ReadUnaligned<uint>(bytes) != 0x02000028)
        {
            return InvalidArgument;
        }

        Unsafe.WriteUnaligned(bytes + 8, 85_899_345_920UL);
        Unsafe.WriteUnaligned(bytes + 16, 1_000_000UL);
        Unsafe.WriteUnaligned(bytes + 32, 5_000_000_000UL + (ulong)(device - 1000));
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Utilization(nint device, uint* percent)
    {
        percent[0] = 37;
        percent[1] = 99; // of the memory's bus, not asked for
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Power(nint device, uint* milliwatts)
    {
        *milliwatts = 123_456;
        return device == 1000 ? 0 : NotSupported;
    }

    [UnmanagedCallersOnly]
    private static int Energy(nint device, ulong* millijoules)
    {
        *millijoules = 9_876_543_210;
        return 0;
    }

    private static int Write(string text, byte* buffer, uint length)
    {
        var bytes = Encoding.UTF8.GetBytes(text + '\0');
        bytes.CopyTo(new Span<byte>(buffer, checked((int)length)));
        return 0;
    }
}
