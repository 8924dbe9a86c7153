namespace OrleansEs.Faults;

/// <summary>The table: exit code, arguments, what the line must name, and a word of the remedy.</summary>
internal static class BadInputCases
{
    private const string Forty = "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd";
    private const string Long = $"{Forty}{Forty}{Forty}123456789";

    public static TheoryData<int, string, string, string> All { get; } = new()
    {
        // Amounts.
        { 2, "account|deposit|open-1|1e9|EUR", "'1e9'", "one looks like" },
        { 2, "account|deposit|open-1|-0|EUR", "'-0'", "write 0" },
        { 2, "account|deposit|open-1|1.001|EUR", "'1.001'", "EUR has 2" },
        { 2, "account|deposit|open-1|1234567890123456789012345678901234567890|EUR", "12345678901234567890", "64 bits" },
        { 2, "account|deposit|open-1|92233720368547758.08|EUR", "92233720368547758.08", "64 bits" },
        { 2, "account|deposit|open-1|NaN|EUR", "'NaN'", "one looks like" },
        { 2, "account|deposit|open-1|Infinity|EUR", "'Infinity'", "one looks like" },
        { 2, "account|deposit|open-1|0|EUR", "'0' is not positive", "above zero" },
        { 2, "account|deposit|open-1|-5|EUR", "'-5' is not positive", "above zero" },
        { 2, "account|deposit|open-1|+5|EUR", "'+5'", "one looks like" },
        { 2, "account|deposit|open-1|1,50|EUR", "'1,50'", "one looks like" },
        { 2, "account|deposit|open-1|.5|EUR", "'.5'", "one looks like" },
        { 2, "account|deposit|open-1|5.|EUR", "'5.'", "one looks like" },
        { 2, "account|deposit|open-1||EUR", "''", "one looks like" },
        { 2, "account|deposit|open-1|0x10|EUR", "'0x10'", "one looks like" },
        { 2, "account|deposit|open-1|\\u0663|EUR", "'\\u0663'", "one looks like" },
        { 2, "account|deposit|open-1| 1 |EUR", "' 1 '", "one looks like" },
        { 2, "account|withdraw|open-1|1.5|JPY", "'1.5'", "JPY has 0" },
        { 2, "transfer|create|open-1|euro-only|1e2|EUR", "'1e2'", "one looks like" },
        { 2, "transfer|create|open-1|euro-only|-1|EUR", "'-1' is not positive", "above zero" },

        // Assets.
        { 2, "account|deposit|open-1|1|EURO", "'EURO'", "EURO/2" },
        { 2, "account|deposit|open-1|1|eur", "'eur'", "eur/2" },
        { 2, "account|deposit|open-1|1|", "''", "EUR" },
        { 2, "account|deposit|open-1|1|X/10", "'X/10'", "EUR" },
        { 2, "account|deposit|open-1|1|EUR/2/3", "'EUR/2/3'", "EUR" },
        { 2, "account|deposit|open-1|1|';drop table log_event", "drop table log_event", "EUR" },
        { 2, "account|open|new-1|--assets|EUR,EUR", "EUR twice", "once" },
        { 2, "account|open|new-1|--assets|EUR,", "''", "EUR" },

        // Ids.
        { 2, "account|open|", "must not be empty", "account" },
        { 2, $"account|open|{Long}", "129 characters", "at most 128" },
        { 2, "account|open|a\\u0007b", "U+0007", "letters" },
        { 2, "account|open|a\\u001B[31mb", "U+001B", "letters" },
        { 2, "account|open|a\\nb", "U+000A", "letters" },
        { 2, "account|open|a\\u202Eb", "U+202E", "letters" },
        { 2, "account|open| a", "' a'", "space" },
        { 2, "account|open|a ", "'a '", "space" },
        { 2, "account|open|x'; drop table log_event; --", "x'; drop", "letters" },
        { 2, "account|open|a/b", "'a/b'", "letters" },
        { 2, "account|show|a/b", "'a/b'", "letters" },
        { 2, "account|statement|a/b", "'a/b'", "letters" },
        { 2, "account|history|a%", "'a%'", "letters" },
        { 2, "account|freeze|a%", "'a%'", "letters" },
        { 2, "transfer|show|a*", "'a*'", "letters" },
        { 2, "transfer|create|open-1|a*|1|EUR", "'a*'", "letters" },
        { 2, "transfer|create|open-1|open-1|1|EUR", "'open-1' is to pay itself", "two different" },
        { 2, "transfer|create|open-1|euro-only|1|EUR|--id|a/b", "'a/b'", "letters" },

        // Other texts, dates, numbers.
        { 2, "account|open|new-1|--owner| ", "owner", "blank" },
        { 2, "account|open|new-1|--owner|a\\u0000b", "U+0000", "control" },
        { 2, "account|open|new-1|--overdraft|-1", "'-1'", "unlimited" },
        { 2, "account|open|new-1|--overdraft|lots", "'lots'", "100" },
        { 2, "account|open|new-1|--command-id|123", "'123'", "0f8fad5b" },
        { 2, "account|open|new-1|--command-id|00000000-0000-0000-0000-000000000000", "00000000-0000", "leave it out" },
        { 2, "account|open|new-1|--actor|", "--actor ''", "leave it out" },
        { 2, "account|deposit|open-1|1|EUR|--memo|a\\u0001b", "U+0001", "control" },
        { 2, "account|deposit|open-1|1|EUR|--effective|31.12.2026", "'31.12.2026'", "2026-03-31" },
        { 2, "account|deposit|open-1|1|EUR|--effective|2026-02-30", "'2026-02-30'", "2026-03-31" },
        { 2, "account|show|open-1|--version|0", "'0'", "from 1" },
        { 2, "account|show|open-1|--version|-1", "'-1'", "from 1" },
        { 2, "account|show|open-1|--version|99", "has 2 versions", "no version 99" },
        { 2, "account|show|open-1|--at|yesterday", "'yesterday'", "2026-03-31" },
        { 2, "account|show|open-1|--at|2026-01-01|--version|1", "exclude each other", "one of them" },
        { 2, "account|show|open-1|--at-position|0:1|--version|1", "exclude each other", "one of them" },
        { 2, "account|show|open-1|--at-position|7", "'7'", "3:1204" },
        { 2, "account|show|open-1|--at-position|99:1", "99:1 is of partition 99", "begins with" },
        { 2, "account|statement|open-1|--from|2026-02-01|--to|2026-01-01", "2026-02-01", "swap" },
        { 2, "account|statement|open-1|--asset|XXXX", "'XXXX'", "XXXX/2" },
        { 2, "account|history|open-1|--from-version|x", "'x'", "from 1" },

        // Rules.
        { 1, "account|open|open-1", "account-exists: ", "open-1" },
        { 1, "account|deposit|nobody|1|EUR", "account-not-found: ", "nobody" },
        { 1, "account|deposit|frozen-1|1|EUR", "account-frozen: ", "frozen-1" },
        { 1, "account|deposit|closed-1|1|EUR", "account-closed: ", "closed-1" },
        { 1, "account|deposit|euro-only|1|USD", "asset-not-allowed: ", "USD" },
        { 1, "account|deposit|open-1|92233720368547758.07|EUR", "amount-overflow: ", "open-1" },
        { 1, "account|withdraw|open-1|100.01|EUR", "insufficient-funds: ", "100.01" },
        { 1, "account|unfreeze|open-1", "account-not-frozen: ", "open-1" },
        { 1, "account|freeze|closed-1", "account-closed: ", "closed-1" },
        { 1, "account|close|open-1", "account-not-empty: ", "open-1" },
        { 1, "account|show|nobody", "account-not-found: ", "account open" },
        { 1, "account|statement|nobody", "account-not-found: ", "account open" },
        { 1, "account|history|nobody", "account-not-found: ", "account open" },
        { 1, "transfer|show|nothing", "transfer-not-found: ", "transfer create" },

        // Files.
        { 2, "transfer|create|--file|{folder}/missing.json", "missing.json", "name a file" },
        { 2, "transfer|create|--file|{folder}/broken.json", "line 1", "--help" },
        { 2, "transfer|create|--file|{folder}/unknown.json", "unknown.json", "--help" },
        { 2, "transfer|create|--file|{folder}/array.json", "array.json", "give {\"postings\"" },
        { 2, "transfer|create|--file|{folder}/unbalanced.json", "sum to 100", "zero" },
        { 2, "transfer|create|--file|{folder}/single.json", "1 postings", "2 to 1000" },
        { 2, "transfer|create|a|b|1|EUR|--file|{folder}/single.json", "exclude each other", "one of both" },
        { 2, "import|{folder}/missing.journal", "missing.journal", "name a file" },
        { 2, "import|{folder}/include.journal", "include.journal:1", "include" },
        { 2, "import|{folder}/latin1.journal", "latin1.journal", "iconv" },
        { 2, "import|{folder}/unbalanced.journal", "unbalanced.journal:1", "" },
        { 2, "import|{folder}/include.journal|--asset|nonsense", "'nonsense'", "$=USD" },
        { 2, "export|--format|xml", "'xml'", "jsonl" },
        { 2, "export|--json", "--json", "jsonl" },
        { 2, "export|{folder}/no/such/folder.journal", "folder.journal", "name a file" },
        { 2, "load|--accounts|1|--callers|1|--seconds|1|--history|{folder}", "--history", "name a file" },

        // Queries and operators.
        { 2, "query|accounts|--status|asleep", "'asleep'", "open, frozen, closed" },
        { 2, "query|accounts|--asset|EUR|--min|x", "'x'", "100" },
        { 2, "query|accounts|--min|1", "--min", "--asset" },
        { 2, "query|accounts|--asset|EUR|--min|2|--max|1", "2", "swap" },
        { 2, "query|accounts|--sort|shoe-size", "'shoe-size'", "balance" },
        { 2, "query|accounts|--sort|-balance", "-balance", "--asset" },
        { 2, "query|accounts|--take|0", "'0'", "1 to 1000" },
        { 2, "query|accounts|--take|1001", "'1001'", "1 to 1000" },
        { 2, "query|accounts|--after|no-cursor", "no-cursor", "cursor" },
        { 2, "query|accounts|--after-token|7", "'7'", "3:1204" },
        { 2, "query|accounts|--after-token|-1:5", "'-1:5'", "3:1204" },
        { 2, "query|accounts|--after-token|99:1", "99:1 names partition 99", "0 to 7" },
        { 2, "query|totals|--by|color", "'color'", "month" },
        { 2, "query|totals|--account|open-1", "--account", "--by month" },
        { 2, "query|totals|--by|month|--account|a/b", "'a/b'", "letters" },
        { 2, "query|totals|--by|month|--from|2026-13", "'2026-13'", "2026-03-31" },
        { 2, "query|totals|--by|month|--from|2026-02-01|--to|2026-01-01", "2026-02-01", "swap" },
        { 2, "query|transfers|--status|lost", "'lost'", "completed" },
        { 2, "query|transfers|--older-than|yesterday", "'yesterday'", "10m" },
        { 2, "audit|--from|never", "'never'", "2026-03-31" },
        { 2, "audit|--from|2026-02-01|--to|2026-01-01", "2026-02-01", "swap" },
        { 2, "audit|--follow|--to|2026-01-01", "--follow", "leave them out" },
        { 2, "readmodel|show|nope", "'nope'", "accounts" },
        { 2, "readmodel|pause|nope", "'nope'", "accounts" },
        { 2, "readmodel|verify|nope", "'nope'", "accounts" },
        { 2, "load|--accounts|0|--callers|1|--seconds|1", "'0'", "1 to" },
        { 2, "load|--accounts|1|--callers|many|--seconds|1", "'many'", "1 to" },
        { 2, "load|--accounts|1|--callers|1|--seconds|1|--mix|transfers", "two accounts", "2 or more" },
        { 2, "load|--accounts|1|--callers|1", "--seconds", "--help" },

        // The form of the command line.
        { 2, "acount|open|x", "acount", "--help" },
        { 2, "account|opne|x", "opne", "account --help" },
        { 2, "account", "command", "account --help" },
        { 2, "account|show", "id", "account show --help" },
        { 2, "account|show|open-1|extra", "extra", "account show --help" },
        { 2, "account|show|open-1|--colour|red", "--colour", "account show --help" },
        { 2, "account|show|--verbose", "--verbose", "account show --help" },
        { 2, "account|open|a|--owner|x|--owner|y", "--owner", "--help" },
        { 2, "transfer|post|x", "post", "transfer --help" },
        { 2, "transfer|create|open-1|euro-only|1", "FROM TO AMOUNT ASSET", "all four" },
        { 2, "log|verify", "verify", "log --help" },
        { 2, "account|show|open-1|--timeout|0", "'0'", "10s" },
        { 2, "account|show|open-1|--timeout|soon", "'soon'", "10s" },
        { 2, "account|show|open-1|--gateway|nowhere", "'nowhere'", "127.0.0.1:30000" },
        { 2, "account|show|open-1|--gateway|127.0.0.1:99999", "127.0.0.1:99999", "127.0.0.1:30000" },
        { 2, "account|show|open-1|--gateway|127.0.0.1:1|--embedded", "exclude each other", "leave one out" },
        { 2, "account|show|open-1|--data|x.db", "--data", "--embedded" },
        { 3, "account|show|open-1|--gateway|127.0.0.1:1", "127.0.0.1:1", "dotnet run --project Silo" },
        { 3, "account|show|open-1|--embedded|--data|{folder}/log.db", "in use by another process", "name another file" },
        { 3, "account|show|open-1|--embedded|--data|{folder}/latin1.journal", "latin1.journal", "name another file" },
    };

    public static void WriteFiles(string folder)
    {
        void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);
        Write("broken.json", "{\"postings\": [");
        Write("unknown.json", "{\"postings\":[],\"amuont\":1}");
        Write("array.json", "[]");
        Write("single.json", "{\"postings\":[{\"account\":\"open-1\",\"amount\":\"1\",\"asset\":\"EUR\"}]}");
        Write(
            "unbalanced.json",
            "{\"postings\":[{\"account\":\"open-1\",\"amount\":\"-1\",\"asset\":\"EUR\"},"
            + "{\"account\":\"euro-only\",\"amount\":\"2\",\"asset\":\"EUR\"}]}");
        Write("include.journal", "include other.journal\n");
        Write("unbalanced.journal", "2026-01-01 lunch\n  a  1 EUR\n  b  1 EUR\n");
        File.WriteAllBytes(Path.Combine(folder, "latin1.journal"), [.. "2026-01-01 caf"u8, 0xE9, (byte)'\n']);
    }
}
