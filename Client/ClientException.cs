namespace OrleansEs.Client;

/// <summary>Ends a verb: what goes to stderr as one line, and the exit code.</summary>
internal sealed class ClientException : Exception
{
    public ClientException(int exitCode, string code, string message, string remedy) : base(message)
    {
        ExitCode = exitCode;
        Code = code;
        Remedy = remedy;
    }

    public int ExitCode { get; }

    public string Code { get; }

    public string Remedy { get; }

    /// <summary>Input that is not of the form it must have. Nothing was sent.</summary>
    public static ClientException Input(string message, string remedy = "") =>
        new(ExitCodes.BadInput, "invalid-input", message, remedy);

    /// <summary>Nobody answers in time.</summary>
    public static ClientException Unavailable(string message, string remedy) =>
        new(ExitCodes.Unavailable, "unavailable", message, remedy);
}
