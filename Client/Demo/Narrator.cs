using OrleansEs.Client.Json;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;
using Spectre.Console;

namespace OrleansEs.Client.Demo;

/// <summary>Tells a story to people; says nothing to programs.</summary>
internal sealed class Narrator(Output output)
{
    private int _chapter;

    /// <summary>Begins a chapter.</summary>
    public void Chapter(string title, string lesson)
    {
        if (output.Json)
            return;
        output.People.WriteLine();
        output.People.Write(new Rule($"[bold aqua]{++_chapter}. {Escaped(title)}[/]") { Justification = Justify.Left });
        output.People.MarkupLine($"[grey]{Escaped(lesson)}[/]");
    }

    /// <summary>Shows what one would type.</summary>
    public void Types(string verb)
    {
        if (!output.Json)
            output.People.MarkupLine($"  [yellow]>[/] {Escaped(verb)}");
    }

    /// <summary>Shows how a command ended.</summary>
    public void Ended(CommandResult result)
    {
        if (output.Json)
            return;
        output.People.MarkupLine(result.Status switch
        {
            CommandStatus.Done when result.Duplicate =>
                $"    [green]done before[/] version {result.Version}, token {result.Token}: nothing changed now",
            CommandStatus.Done => $"    [green]done[/] version {result.Version}, token {result.Token}",
            _ => $"    [red]{Mapping.Word(result.Status)}[/] {Escaped(result.Refusal?.Code ?? "")}: "
                + $"{Escaped(result.Refusal?.Message ?? "")} [grey]{Escaped(result.Refusal?.Remedy ?? "")}[/]",
        });
    }

    /// <summary>Shows where a transfer stands.</summary>
    public void Stands(TransferView transfer)
    {
        if (output.Json)
            return;
        var color = transfer.Status == TransferStatus.Completed ? "green" : "red";
        output.People.MarkupLine($"    the transfer is [{color}]{Mapping.Word(transfer.Status)}[/] after {transfer.Version} events");
    }

    /// <summary>Says a sentence.</summary>
    public void Says(string sentence)
    {
        if (!output.Json)
            output.People.MarkupLine($"    {Escaped(sentence)}");
    }

    /// <summary>Lets a table be printed.</summary>
    public void Shows(Action<Output> print)
    {
        if (!output.Json)
            print(output);
    }

    /// <summary>Says the end.</summary>
    public void End(bool good, string sentence)
    {
        if (output.Json)
            return;
        output.People.WriteLine();
        output.People.MarkupLine(good ? $"[bold green]{Escaped(sentence)}[/]" : $"[bold red]{Escaped(sentence)}[/]");
    }

    private static string Escaped(string text) => Markup.Escape(Output.Plain(text));
}
