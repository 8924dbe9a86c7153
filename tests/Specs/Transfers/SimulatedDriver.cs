using OrleansEs.Grains.Transfers;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Specs.Transfers;

/// <summary>
/// One activation that drives a transfer: it knows the journal up to some version, has messages on their way, and may be
/// behind or dead without knowing it.
/// </summary>
internal sealed class SimulatedDriver(string transferId, List<TransferEvent> journal)
{
    private readonly Dictionary<Guid, StepOutcome> _outcomes = [];
    private readonly Dictionary<Guid, AccountStep> _now = [];
    private int _version;

    public TransferState State { get; private set; } = TransferState.Initial;

    public IEnumerable<AccountStep> Unanswered =>
        Steps.Where(step => !_outcomes.ContainsKey(step.CommandId)).Select(step => _now.GetValueOrDefault(step.CommandId, step));

    private IReadOnlyList<AccountStep> Steps => TransferProcess.NextSteps(transferId, State);

    public void Load()
    {
        for (; _version < journal.Count; _version++)
            State = State.Evolve(journal[_version]);
        _outcomes.Clear();
        _now.Clear();
    }

    public void Answered(AccountStep sent, Refusal? refusal)
    {
        // An answer to a phase that is over, or to a step that has moved on to its undoing, says nothing any more.
        var first = Steps.FirstOrDefault(step => IsSame(step, sent) || (step.IfTaken is { } undo && IsSame(undo, sent)));
        if (first is null || (_now.TryGetValue(first.CommandId, out var current) && !IsSame(current, sent)))
            return;
        if (refusal?.Code == RefusalCodes.CommandIdReused && sent.IfTaken is { } next)
            _now[first.CommandId] = next;
        else
            _outcomes[first.CommandId] = new StepOutcome(sent, refusal);
    }

    /// <summary>Appends what follows when all steps have ended; a conflict makes it load what others appended.</summary>
    public bool TryAdvance()
    {
        if (State.Status is not { } from || State.IsEnded || Unanswered.Any())
            return false;
        if (TransferProcess.After(State, [.. Steps.Select(step => _outcomes[step.CommandId])]) is not { } next)
            return false;
        if (_version == journal.Count)
            journal.AddRange(TransferDecisions.Advance(State, from, next).Events);
        Load();
        return true;
    }

    // A step and its bar share the id; what they ask tells them apart.
    private static bool IsSame(AccountStep one, AccountStep other) =>
        one.CommandId == other.CommandId && one.Command.GetType() == other.Command.GetType();
}
