namespace MlAspire.ServiceDefaults.Telemetry;

/// <summary>Numbers and truth values as the objects that tags and fields are: nearly all of them are small and many, and are made once.</summary>
public static class Boxed
{
    private const int Made = 1024; // from 0

    private static readonly object[] Longs = [.. Enumerable.Range(0, Made).Select(number => (object)(long)number)];
    private static readonly object[] Ints = [.. Enumerable.Range(0, Made).Select(number => (object)number)];
    private static readonly object Yes = true;
    private static readonly object No = false;

    public static object Of(long number) => (ulong)number < Made ? Longs[number] : number;

    public static object Of(int number) => (uint)number < Made ? Ints[number] : number;

    public static object Of(bool value) => value ? Yes : No;
}
