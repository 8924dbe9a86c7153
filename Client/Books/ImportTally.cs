using OrleansEs.EventLog;
using OrleansEs.Ledger;

namespace OrleansEs.Client.Books;

/// <summary>Counts what the answers to an import's commands say. Answers come from many tasks at once.</summary>
internal sealed class ImportTally(BookPlan plan, IProgress<BookProgress>? progress)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, long> _tokens = [];
    private readonly List<BookError> _failures = [];
    private int _opened;
    private int _posted;
    private int _alreadyThere;
    private int _done;
    private Refusal? _stopped;

    /// <summary>Whether the import must not go on.</summary>
    public bool IsStopped
    {
        get
        {
            lock (_gate)
                return _stopped is not null;
        }
    }

    /// <summary>An account is open; it was opened now or before.</summary>
    public void Account(bool opened) => Count(() => _opened += opened ? 1 : 0);

    /// <summary>A transfer is posted; it was posted now or before.</summary>
    public void Transfer(bool posted) => Count(() => _ = posted ? _posted++ : _alreadyThere++);

    /// <summary>The ledger refused what a line asks for.</summary>
    public void Failure(int line, Refusal refusal) => Count(() =>
        _failures.Add(new BookError(plan.File, line, $"{refusal.Code}: {refusal.Message}", refusal.Remedy)));

    /// <summary>The import must stop.</summary>
    public void Stop(Refusal reason)
    {
        lock (_gate)
            _stopped ??= reason;
    }

    /// <summary>Remembers read tokens: the last one of each partition includes the others.</summary>
    public void Tokens(IEnumerable<string> tokens)
    {
        lock (_gate)
        {
            foreach (var token in tokens)
                if (LogPosition.TryParse(token, out var at) && at.Position > _tokens.GetValueOrDefault(at.Partition))
                    _tokens[at.Partition] = at.Position;
        }
    }

    /// <summary>All of it.</summary>
    public BookImportResult Result()
    {
        lock (_gate)
            return new BookImportResult(
                _opened, _posted, _alreadyThere, plan.Skipped,
                [.. _failures.OrderBy(failure => failure.Line)], _stopped,
                [.. _tokens.Select(token => new LogPosition(token.Key, token.Value).ToString())]);
    }

    private void Count(Action what)
    {
        lock (_gate)
        {
            what();
            _done++;
            progress?.Report(new BookProgress(_done, plan.Accounts.Count + plan.Transfers.Count));
        }
    }
}
