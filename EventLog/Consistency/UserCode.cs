using System.Runtime.CompilerServices;
using Orleans.EventSourcing;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// Calls what the grain wants to be told. As with Orleans' own providers, its exceptions are logged and go no further.
/// </summary>
internal static class UserCode
{
    public static void Call(
        ILogConsistencyProtocolServices services, string callback, Action call, [CallerMemberName] string where = "")
    {
        try
        {
            call();
        }
#pragma warning disable CA1031 // A notification is not part of the operation that it tells of; the failure is logged.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            services.CaughtUserCodeException(callback, where, exception);
        }
    }
}
