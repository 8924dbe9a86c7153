using OrleansEs.Grains.Transfers;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Transfers;
using static OrleansEs.Ledger.RefusalCodes;

namespace OrleansEs.Specs.Transfers;

/// <summary>Every rule of a transfer's creation, every step and every compensation.</summary>
public sealed class TransferSpecs
{
    private const string Id = "t";
    private static readonly Asset Eur = Asset.Parse("EUR");
    private static readonly Asset Usd = Asset.Parse("USD");
    private static readonly Refusal Reason = new("reason", "It did.", "None.");

    private static readonly TransferCreated Created = new([Leg("alice", -40), Leg("bob", 30), Leg("carol", 10)], "memo");

    [Fact]
    public void A_balanced_transfer_is_created() =>
        Given().When(new CreateTransfer(Created.Postings, "memo")).Then(Created);

    [Fact]
    public void The_same_transfer_again_is_nothing_new() =>
        Given(Created, new TransferHeld()).When(new CreateTransfer([.. Created.Postings], "memo")).ThenNothing();

    [Fact]
    public void Another_transfer_under_a_used_id_is_refused()
    {
        Given(Created).When(Create(Leg("alice", -40), Leg("bob", 40))).ThenRefused(TransferExists);
        Given(Created).When(new CreateTransfer(Created.Postings, "other memo")).ThenRefused(TransferExists);
        Given(Created, new TransferHeld(), new TransferCredited(), new TransferCompleted())
            .When(Create(Leg("alice", -40), Leg("bob", 40))).ThenRefused(TransferExists);
    }

    public static TheoryData<CreateTransfer, string> Malformed => new()
    {
        { Create(), TransferUnbalanced },
        { Create(Leg("alice", 1)), TransferUnbalanced },
        { Create([.. Enumerable.Range(0, 1_002).Select(i => Leg("alice", i % 2 == 0 ? 1 : -1))]), TransferUnbalanced },
        { Create(Leg("alice", -40), Leg("bob", 41)), TransferUnbalanced },
        { Create(Leg("alice", -40), Leg("bob", 40) with { Amount = new Money(40, Usd) }), TransferUnbalanced },
        { Create(Leg("alice", long.MaxValue), Leg("bob", long.MaxValue)), TransferUnbalanced },
        { Create(Leg("alice", long.MinValue), Leg("bob", long.MaxValue), Leg("bob", 1)), AmountOverflow },
        { Create(Leg("alice", -40), Leg("bob", 40), Leg("bob", 0)), InvalidInput },
        { Create(Leg("alice", -40), Leg("b/b", 40)), InvalidInput },
        { Create(Leg("alice", -40), Leg("", 40)), InvalidInput },
        { Create(Leg("alice", -40), null!), InvalidInput },
        { Create(Leg("alice", -40), new Posting("bob", default)), InvalidInput },
        { new CreateTransfer(null!, null), InvalidInput },
        { new CreateTransfer(Created.Postings, new string('x', 501)), InvalidInput },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Malformed_transfers_are_refused(CreateTransfer command, string code) => Given().When(command).ThenRefused(code);

    [Fact]
    public void First_all_payers_hold() => Assert.Equal(["alice HoldFunds"], Steps(Created));

    [Fact]
    public void Then_all_receivers_are_credited() =>
        Assert.Equal(["bob CreditFunds", "carol CreditFunds"], Steps(Created, new TransferHeld()));

    [Fact]
    public void Then_all_holds_are_captured() =>
        Assert.Equal(["alice CaptureHold"], Steps(Created, new TransferHeld(), new TransferCredited()));

    [Fact]
    public void At_an_end_nothing_is_left_to_do()
    {
        Assert.Empty(Steps(Created, new TransferHeld(), new TransferCredited(), new TransferCompleted()));
        Assert.Empty(Steps(Created, new TransferRefused("alice", Reason), new TransferFailed()));
    }

    [Fact]
    public void When_a_payer_refused_every_hold_is_barred_or_released() =>
        Assert.Equal(["alice BarTransfer else ReleaseHold"], Steps(Created, new TransferRefused("alice", Reason)));

    [Fact]
    public void When_a_receiver_refused_holds_are_released_and_every_credit_is_barred_or_revoked() => Assert.Equal(
        ["alice ReleaseHold", "bob BarTransfer else RevokeCredit", "carol BarTransfer else RevokeCredit"],
        Steps(Created, new TransferHeld(), new TransferRefused("carol", Reason)));

    [Fact]
    public void A_bar_takes_the_command_id_of_the_step_it_bars()
    {
        var hold = TransferProcess.NextSteps(Id, State(Created))[0];
        var bar = TransferProcess.NextSteps(Id, State(Created, new TransferRefused("alice", Reason)))[0];
        Assert.Equal(hold.CommandId, bar.CommandId);
        Assert.NotEqual(hold.CommandId, bar.IfTaken!.CommandId);
    }

    [Fact]
    public void The_postings_of_one_account_are_netted_per_asset()
    {
        var created = new TransferCreated(
            [Leg("alice", -5), Leg("alice", 7), Leg("bob", -2), Leg("carol", 3), Leg("carol", -3)], null);
        Assert.Equal(
            [("alice", 0, 1), ("bob", 1, 0), ("carol", 0, 0)],
            TransferPlan.Of(created.Postings).Select(part => (part.AccountId, part.Pays.Length, part.Receives.Length)));
        Assert.Equal(["bob HoldFunds"], Steps(created));
        // Carol moves nothing and is asked all the same.
        Assert.Equal(["alice CreditFunds", "carol CreditFunds"], Steps(created, new TransferHeld()));
    }

    [Fact]
    public void A_phase_ends_well_when_all_its_steps_do_and_badly_when_one_is_refused()
    {
        Assert.IsType<TransferHeld>(After([Created], refused: false));
        Assert.IsType<TransferCredited>(After([Created, new TransferHeld()], refused: false));
        Assert.IsType<TransferCompleted>(After([Created, new TransferHeld(), new TransferCredited()], refused: false));
        Assert.Equal(new TransferRefused("alice", Reason), After([Created], refused: true));
        Assert.Equal(new TransferRefused("bob", Reason), After([Created, new TransferHeld()], refused: true));
        Assert.IsType<TransferFailed>(After([Created, new TransferRefused("alice", Reason)], refused: false));
    }

    [Fact]
    public void A_refusal_that_no_rule_foresees_leaves_the_transfer_where_it_is()
    {
        Assert.Null(After([Created, new TransferHeld(), new TransferCredited()], refused: true));
        Assert.Null(After([Created, new TransferRefused("alice", Reason)], refused: true));
    }

    [Fact]
    public void An_event_that_was_decided_on_an_older_status_is_dropped() =>
        Assert.Empty(TransferDecisions.Advance(
            State(Created, new TransferHeld()), TransferStatus.Holding, new TransferHeld()).Events);

    private static Given<TransferState, CreateTransfer, TransferEvent> Given(params TransferEvent[] events) => new(
        TransferState.Initial,
        (state, @event) => state.Evolve(@event),
        (state, command) => TransferDecisions.Create(Id, state, command),
        events);

    private static TransferState State(params TransferEvent[] events) => Given(events).State();

    private static IEnumerable<string> Steps(params TransferEvent[] events) =>
        TransferProcess.NextSteps(Id, State(events)).Select(step =>
            $"{step.AccountId} {step.Command.GetType().Name}"
            + (step.IfTaken is { } undo ? $" else {undo.Command.GetType().Name}" : ""));

    private static TransferEvent? After(TransferEvent[] events, bool refused)
    {
        var state = State(events);
        var outcomes = TransferProcess.NextSteps(Id, state)
            .Select((step, i) => new StepOutcome(step, refused && i == 0 ? Reason : null))
            .ToList();
        return TransferProcess.After(state, outcomes);
    }

    private static CreateTransfer Create(params Posting[] postings) => new(postings, null);

    private static Posting Leg(string id, long cents) => new(id, new Money(cents, Eur));
}
