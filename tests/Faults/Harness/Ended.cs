using System.Diagnostics;

namespace OrleansEs.Faults.Harness;

/// <summary>What a program left behind.</summary>
internal sealed record Ended(int ExitCode, string Stdout, string Stderr)
{
    /// <summary>Waits for a process whose output is caught, and kills it when it takes too long.</summary>
    public static async Task<Ended> Of(Process process, TimeSpan timeout)
    {
        var stdout = process.StandardOutput.ReadToEndAsync();
        var stderr = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(timeout);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new Ended(process.ExitCode, await stdout, await stderr);
    }

    /// <summary>The one line that says what went wrong.</summary>
    public string ErrorLine
    {
        get
        {
            var line = Stderr.TrimEnd('\n');
            Assert.DoesNotContain(line, char.IsControl);
            Assert.Matches("^[a-z][a-z-]*: .+", line);
            return line;
        }
    }
}
