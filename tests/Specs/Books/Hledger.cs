using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OrleansEs.Specs.Books;

/// <summary>The oracle: the hledger that is installed here. A test that needs it is skipped where there is none.</summary>
internal static class Hledger
{
    private static readonly Lazy<bool> Installed = new(() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, OperatingSystem.IsWindows() ? "hledger.exe" : "hledger"))));

    /// <summary>Skips the test where hledger is not installed.</summary>
    public static void Require()
    {
        if (!Installed.Value)
            Assert.Skip("hledger is not installed; on Debian: apt-get install hledger");
    }

    /// <summary>All balances that are not zero, by account and commodity symbol.</summary>
    public static async Task<SortedDictionary<(string Account, string Symbol), decimal>> Balances(string book)
    {
        var (exitCode, output, errors) = await Run(book, "balance", "--flat", "--empty", "--output-format=json");
        Assert.True(exitCode == 0, $"hledger refuses the book:\n{errors}\n{book}");
        var balances = new SortedDictionary<(string, string), decimal>();
        using var json = JsonDocument.Parse(output);
        foreach (var row in json.RootElement[0].EnumerateArray())
            foreach (var amount in row[3].EnumerateArray())
            {
                var quantity = amount.GetProperty("aquantity");
                var mantissa = decimal.Parse(
                    quantity.GetProperty("decimalMantissa").GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture);
                var key = (row[0].GetString()!, amount.GetProperty("acommodity").GetString()!);
                for (var places = quantity.GetProperty("decimalPlaces").GetInt32(); places > 0; places--)
                    mantissa /= 10;
                balances[key] = balances.GetValueOrDefault(key) + mantissa;
            }
        foreach (var zero in balances.Where(balance => balance.Value == 0).Select(balance => balance.Key).ToArray())
            balances.Remove(zero);
        return balances;
    }

    /// <summary>What hledger says of a book: null when it accepts it.</summary>
    public static async Task<string?> Check(string book, params string[] checks)
    {
        var (exitCode, output, errors) = await Run(book, ["check", .. checks]);
        return exitCode == 0 ? null : output + errors;
    }

    private static async Task<(int ExitCode, string Output, string Errors)> Run(string book, params string[] arguments)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var process = new Process();
        process.StartInfo = new ProcessStartInfo("hledger", ["-f", "-", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
            // Without it hledger takes the book for ASCII.
            Environment = { ["LANG"] = "C.UTF-8", ["LC_ALL"] = "C.UTF-8" },
        };
        process.Start();
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.StandardInput.WriteAsync(book.AsMemory(), cancellation);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellation).WaitAsync(TimeSpan.FromSeconds(30), cancellation);
        return (process.ExitCode, await output, await errors);
    }
}
