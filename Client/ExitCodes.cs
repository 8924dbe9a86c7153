namespace OrleansEs.Client;

/// <summary>What the process ends with. Frozen: scripts depend on it.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>A rule refused it; nothing was written.</summary>
    public const int Refused = 1;

    /// <summary>Bad usage or input; nothing was sent.</summary>
    public const int BadInput = 2;

    /// <summary>The service is not available, or the deadline passed, or the answer is stale.</summary>
    public const int Unavailable = 3;

    /// <summary>It was sent and the answer was lost.</summary>
    public const int Unknown = 4;
}
