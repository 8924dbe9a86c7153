namespace OrleansEs.Silo;

/// <summary>The silo cannot start; the person who started it can do something about it.</summary>
public sealed class StartException : Exception
{
    /// <summary>Says what is wrong and what to do.</summary>
    /// <param name="exitCode">2 for a wrong setting, 3 for something outside that is not available.</param>
    /// <param name="code">A frozen name of the reason, for programs.</param>
    /// <param name="message">What is wrong, naming the input.</param>
    /// <param name="remedy">What to do about it.</param>
    public StartException(int exitCode, string code, string message, string remedy) : base(message)
    {
        ExitCode = exitCode;
        Code = code;
        Remedy = remedy;
    }

    /// <summary>What the process ends with: 2 for a wrong setting, 3 for something outside that is not available.</summary>
    public int ExitCode { get; }

    /// <summary>A frozen name of the reason, for programs.</summary>
    public string Code { get; }

    /// <summary>What to do about it.</summary>
    public string Remedy { get; }

    /// <summary>The one line that people see.</summary>
    public string Line => $"{Code}: {Message.TrimEnd('.')}; {Clause(Remedy)}";

    /// <summary>A remedy as it stands after the semicolon of an error line: no sentence of its own.</summary>
    public static string Clause(string remedy) =>
        remedy.Length < 2 || char.IsUpper(remedy[1])
            ? remedy.TrimEnd('.')
            : char.ToLowerInvariant(remedy[0]) + remedy[1..].TrimEnd('.');
}
