namespace OrleansEs.EventLog.ReadModels;

internal static class ProjectionExtensions
{
    // True when it can take the rows of one journal away: then the rows of one journal are its own.
    public static bool TakesJournalsAway(this IProjection projection)
    {
        var methods = projection.GetType().GetInterfaceMap(typeof(IProjection));
        var remove = Array.FindIndex(methods.InterfaceMethods, method => method.Name == nameof(IProjection.Remove));
        return methods.TargetMethods[remove]?.DeclaringType?.IsInterface == false;
    }
}
