using System.Runtime.InteropServices;
using System.Text;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>A GPU that <see cref="Nvml"/> found.</summary>
/// <param name="Device">NVML's handle; valid as long as the library is open.</param>
/// <param name="Uuid"><c>GPU-...</c>, as nvidia-smi shows it.</param>
/// <param name="Model">What it is called.</param>
internal sealed record Gpu(nint Device, string Uuid, string Model);

/// <summary>Reads NVIDIA's management library, which comes with the driver. What a device does not report is null, never 0. Thread-safe, as NVML is.</summary>
/// <remarks>Source: <see href="https://docs.nvidia.com/deploy/nvml-api/">NVML API reference</see>; the functions of one version suffice: driver 510 or newer.</remarks>
internal sealed unsafe class Nvml : IDisposable
{
    private const int Success = 0;
    private const int MaxText = 96; // NVML_DEVICE_NAME_V2_BUFFER_SIZE and NVML_DEVICE_UUID_V2_BUFFER_SIZE

    private readonly Func<string, nint> function;

    private Nvml(Func<string, nint> function)
    {
        this.function = function;
        Gpus = Enumerate();
    }

    /// <summary>The GPUs that the driver shows, in its order; those of other processes' containers are not among them.</summary>
    public IReadOnlyList<Gpu> Gpus { get; }

    /// <summary>Null when this machine has no such library, or it finds no driver.</summary>
    public static Nvml? TryOpen() => NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvml.dll" : "libnvidia-ml.so.1", out var library)
        ? TryOpen(name => NativeLibrary.TryGetExport(library, name, out var address) ? address : 0)
        : null;

    /// <param name="function">The address of a function of the library, 0 when it has none of that name.</param>
    public static Nvml? TryOpen(Func<string, nint> function)
    {
        var init = (delegate* unmanaged<int>)function("nvmlInit_v2");
        return init is not null && init() == Success ? new Nvml(function) : null;
    }

    /// <summary>Bytes of the device's memory, in all and in use; what the driver reserves for itself counts as neither used nor free, as in nvidia-smi.</summary>
    public (long Total, long Used)? Memory(Gpu gpu)
    {
        var memory = new MemoryInfo { Version = (uint)sizeof(MemoryInfo) | (2 << 24) };
        var call = (delegate* unmanaged<nint, MemoryInfo*, int>)function("nvmlDeviceGetMemoryInfo_v2");
        return call is not null && call(gpu.Device, &memory) == Success ? ((long)memory.Total, (long)memory.Used) : null;
    }

    /// <summary>The share of the last sample period, [0, 1], in which a kernel ran.</summary>
    public double? Utilization(Gpu gpu)
    {
        var percent = default(UtilizationRates);
        var call = (delegate* unmanaged<nint, UtilizationRates*, int>)function("nvmlDeviceGetUtilizationRates");
        return call is not null && call(gpu.Device, &percent) == Success ? percent.Gpu / 100.0 : null;
    }

    /// <summary>Watts.</summary>
    public double? Power(Gpu gpu) => Number(gpu, "nvmlDeviceGetPowerUsage") / 1000.0;

    /// <summary>Watts that the device may draw.</summary>
    public double? PowerLimit(Gpu gpu) => Number(gpu, "nvmlDeviceGetPowerManagementLimit") / 1000.0;

    /// <summary>Joules since the driver was loaded.</summary>
    public double? Energy(Gpu gpu)
    {
        ulong millijoules;
        var call = (delegate* unmanaged<nint, ulong*, int>)function("nvmlDeviceGetTotalEnergyConsumption");
        return call is not null && call(gpu.Device, &millijoules) == Success ? millijoules / 1000.0 : null;
    }

    public void Dispose()
    {
        var shutdown = (delegate* unmanaged<int>)function("nvmlShutdown");
        _ = shutdown();
    }

    private Gpu[] Enumerate()
    {
        uint count = 0;
        var getCount = (delegate* unmanaged<uint*, int>)function("nvmlDeviceGetCount_v2");
        var getHandle = (delegate* unmanaged<uint, nint*, int>)function("nvmlDeviceGetHandleByIndex_v2");
        _ = getCount(&count); // leaves 0 when it fails
        var gpus = new List<Gpu>();
        for (var i = 0u; i < count; i++)
        {
            nint device;
            if (getHandle(i, &device) == Success && Text(device, "nvmlDeviceGetUUID") is { } uuid)
            {
                gpus.Add(new Gpu(device, uuid, Text(device, "nvmlDeviceGetName") ?? ""));
            }
        }

        return [.. gpus];
    }

    private uint? Number(Gpu gpu, string name)
    {
        uint value;
        var call = (delegate* unmanaged<nint, uint*, int>)function(name);
        return call is not null && call(gpu.Device, &value) == Success ? value : null;
    }

    private string? Text(nint device, string name)
    {
        var text = stackalloc byte[MaxText];
        var call = (delegate* unmanaged<nint, byte*, uint, int>)function(name);
        return call is not null && call(device, text, MaxText) == Success ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text)) : null;
    }

    /// <summary>nvmlMemory_v2_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MemoryInfo
    {
        public uint Version;
        public ulong Total;
        public ulong Reserved;
        public ulong Free;
        public ulong Used;
    }

    /// <summary>nvmlUtilization_t, in percent.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UtilizationRates
    {
        public uint Gpu;
        public uint Memory;
    }
}
