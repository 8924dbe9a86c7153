using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OrleansEs.Client.Json;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Client.Cli;

/// <summary><c>transfer create|show</c>.</summary>
internal static class TransferCommands
{
    private const int PostingsMax = 1000;

    // A thousand postings with the longest ids and amounts stay well below this.
    private const int FileBytesMax = 1 << 20;

    private const string FileForm = """{"postings":[{"account":"a","amount":"-5","asset":"EUR"}, …]}""";

    public static Command Build(CommandLine cli)
    {
        var transfer = new Command("transfer", "Moves money between accounts.");
        transfer.Subcommands.Add(Create(cli));
        transfer.Subcommands.Add(Show(cli));
        return transfer;
    }

    /// <summary>Prints a transfer.</summary>
    public static void Print(Output output, TransferView view)
    {
        if (output.Json)
        {
            output.Document(Mapping.Of(view), ClientJson.Plain.TransferJson);
            return;
        }
        output.Line(
            $"{view.Id}: {Mapping.Word(view.Status)}, version {view.Version}, effective {view.EffectiveDate:O}, token {view.Token}"
            + (view.Failure is { } failure ? $", because {failure.Code}: {failure.Message}" : ""));
        output.Line(
            $"created {view.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC, "
            + $"correlation {view.CorrelationId ?? "none"}, memo {view.Memo ?? "none"}");
        output.Table(null, ["account", "amount#", "asset"], view.Postings.Select(posting => new[]
        {
            posting.AccountId, posting.Amount.ToDecimalText(), posting.Amount.Asset.ToString(),
        }));
    }

    private static Command Create(CommandLine cli)
    {
        var options = new CommandOptions();
        Argument<string> from = Optional("from", "The account that pays.");
        Argument<string> to = Optional("to", "The account that receives.");
        Argument<string> amount = Optional("amount", "Such as 12.50.");
        Argument<string> asset = Optional("asset", "Such as EUR.");
        var id = new Option<string>("--id") { Description = "The transfer's id [the command id].", HelpName = "id" };
        var memo = AccountCommands.MemoOption();
        var effective = AccountCommands.EffectiveOption();
        var file = new Option<string>("--file")
        {
            Description = $"Postings from a JSON file: {FileForm}.",
            HelpName = "file",
        };
        var command = options.AddTo(
            new Command("create", "Moves money from one account to another, or as a file of postings says.")
            {
                from, to, amount, asset, id, memo, effective, file,
            });
        return cli.Verb(command, async session =>
        {
            var header = options.Header(session, Input.Date("--effective", session[effective]));
            string?[] simple = [.. new[] { from, to, amount, asset }.Select(argument => session.Parse.GetValue(argument))];
            var fromFile = session[file] is { } path ? ReadFile(path) : null;
            if (fromFile is not null && simple.Any(text => text is not null))
                throw ClientException.Input("--file and FROM TO AMOUNT ASSET exclude each other", "give one of both");
            if (fromFile is null && simple.Any(text => text is null))
                throw ClientException.Input("FROM TO AMOUNT ASSET are not all given", "give all four, or --file");
            var transferId = Input.Id("transfer", session[id] ?? fromFile?.Id ?? header.CommandId.ToString());
            var create = new CreateTransfer(
                fromFile is null ? TwoPostings(simple) : FilePostings(fromFile),
                Input.Memo(session[memo] ?? fromFile?.Memo));
            var grain = (await session.Cluster()).GetGrain<ITransferGrain>(transferId);
            return Report(session, transferId, await session.Send(header, timed => grain.Create(create, timed)));
        });
    }

    private static Command Show(CommandLine cli)
    {
        var fresh = new FreshnessOption();
        var id = new Argument<string>("id") { Description = "The transfer's id." };
        return cli.Verb(fresh.AddTo(new Command("show", "Shows a transfer.") { id }), async session =>
        {
            var transferId = Input.Id("transfer", session[id]);
            // The transfer itself answers, from its journal: there is nothing fresher to wait for.
            fresh.Tokens(session);
            var grain = (await session.Cluster()).GetGrain<ITransferGrain>(transferId);
            var view = await session.Ask(grain.Show()) ?? throw new ClientException(
                ExitCodes.Refused, RefusalCodes.TransferNotFound, $"there is no transfer '{transferId}'",
                "create it first: transfer create");
            Print(session.Output, view);
            return ExitCodes.Done;
        });
    }

    private static int Report(Session session, string id, TransferResult result)
    {
        if (session.Output.Json)
        {
            session.Output.Document(Mapping.Of(id, result), ClientJson.Plain.TransferResultJson);
        }
        else if (result.Result.Status == CommandStatus.Done)
        {
            session.Output.Line(CommandOptions.DoneLine(id, result.Result));
            session.Output.Line($"tokens of all it did: {string.Join(' ', result.Tokens)}");
        }
        return CommandOptions.End(session, result is { Transfer.Status: TransferStatus.Failed, Result.Refusal: { } failure }
            ? result.Result with { Refusal = failure with { Message = $"The transfer '{id}' failed: {failure.Message}" } }
            : result.Result);
    }

    private static List<Posting> TwoPostings(string?[] simple)
    {
        var (from, to) = (Input.Id("from", simple[0]!), Input.Id("to", simple[1]!));
        if (from == to)
            throw ClientException.Input($"'{from}' is to pay itself", "name two different accounts");
        var money = Input.Amount(simple[2]!, simple[3]!);
        return [new Posting(from, -money), new Posting(to, money)];
    }

    private static PostingsFileJson ReadFile(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > FileBytesMax)
                throw ClientException.Input($"--file '{path}' is larger than {FileBytesMax} bytes", "split the transfer");
            return JsonSerializer.Deserialize(stream, ClientJson.Plain.PostingsFileJson)
                ?? throw ClientException.Input($"--file '{path}' holds null", "see: transfer create --help");
        }
        catch (JsonException error)
        {
            // What is JSON, but not this JSON, is told in the names of the program's types: the place in the file says more.
            var reason = error.Message.Contains("OrleansEs", StringComparison.Ordinal)
                ? $"what stands at {error.Path ?? "$"} does not belong there"
                : error.Message.Split(" Path:")[0];
            throw ClientException.Input(
                $"--file '{path}' is not of its form, line {error.LineNumber + 1}: {reason}",
                $"give {FileForm}; see: transfer create --help");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw ClientException.Input($"--file '{path}' cannot be read ({error.Message.TrimEnd('.')})", "name a file that can");
        }
    }

    private static List<Posting> FilePostings(PostingsFileJson file)
    {
        var postings = file.Postings ?? [];
        if (postings.Count is < 2 or > PostingsMax)
            throw ClientException.Input($"--file holds {postings.Count} postings", $"give 2 to {PostingsMax}");
        var read = new List<Posting>();
        foreach (var (index, posting) in postings.Index())
        {
            var money = Input.SignedAmount(posting.Amount ?? "", posting.Asset ?? "");
            if (money.MinorUnits == 0)
                throw ClientException.Input($"posting {index + 1} is of nothing", "leave it out");
            read.Add(new Posting(Input.Id($"posting {index + 1}", posting.Account ?? ""), money));
        }
        foreach (var asset in read.GroupBy(posting => posting.Amount.Asset))
        {
            var sum = asset.Aggregate(Int128.Zero, (total, posting) => total + posting.Amount.MinorUnits);
            if (sum != 0)
            {
                throw ClientException.Input(
                    $"the postings in {asset.Key} sum to {sum} minor units", "make every asset sum to zero");
            }
        }
        return read;
    }

    private static Argument<string> Optional(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };
}
