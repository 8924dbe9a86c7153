namespace OrleansEs.Integration.Faults;

/// <summary>What befalls a batch of appends.</summary>
internal enum AppendFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It is rolled back, and the caller is told so.</summary>
    RefusedBefore,

    /// <summary>It is not written, and the answer is lost.</summary>
    LostBefore,

    /// <summary>It is written, and the answer is lost.</summary>
    LostAfter,

    /// <summary>The answer is lost at once, and it is written only when the test says so.</summary>
    LostAndLate,
}
