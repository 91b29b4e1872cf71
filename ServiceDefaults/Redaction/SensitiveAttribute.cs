using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>
/// What is never written to a log, a span or the text of an exception that is logged with it or in its scope, whatever name it is logged under: the values of a type (<c>[Sensitive] readonly record struct PassengerId(string Value)</c>),
/// or of a property of one (<c>record Booking([property: Sensitive] string Passenger, int Seat)</c>), also inside collections. <see cref="Redactor"/> writes <see cref="Redactor.Mark"/> instead.
/// In a program that is compiled natively marks on properties cannot be found: there it is written instead of every object that is not .NET's own.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Property)]
public sealed class SensitiveAttribute : Attribute
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]?> Known = new(); // of types that were logged

    /// <summary>The object as it may be written; null when neither its type nor a property of it is marked.</summary>
    /// <param name="value">Not null.</param>
    /// <param name="check">Checks the value of a property that is not marked, by its name.</param>
    internal static object? Redacted(object value, Func<string, object?, object?> check) => (Reflection.FindsAll ? Known.GetOrAdd(value.GetType(), MarkedOf) : MarkedWhole(value)) switch
    {
        null => null,
        [] => Redactor.Mark,
        var properties => properties.ToDictionary(property => property.Name, property => IsOn(property) ? Redactor.Mark : check(property.Name, property.GetValue(value))),
    };

    /// <returns>None when nobody can say that neither the type nor a property of it is marked; else null.</returns>
    internal static PropertyInfo[]? MarkedWhole(object value)
    {
        var type = value.GetType();
        var known = value is IEnumerable || type.Namespace?.Split('.')[0] is nameof(System) or nameof(Microsoft);
        return known && !IsOn(type) ? null : [];
    }

    /// <returns>All readable properties of a type of which one is marked; none when the type itself is; null when nothing is.</returns>
    [RequiresUnreferencedCode("Properties that no code names are not there in a program that is compiled natively.")]
    private static PropertyInfo[]? MarkedOf(Type type)
    {
        if (IsOn(type))
        {
            return [];
        }

        PropertyInfo[] properties = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanRead && property.GetIndexParameters().Length == 0)];
        return properties.Any(IsOn) ? properties : null;
    }

    private static bool IsOn(MemberInfo member) => member.IsDefined(typeof(SensitiveAttribute), inherit: true);
}
