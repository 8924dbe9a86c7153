using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using OrleansEs.Ledger;
using OrleansEs.Ledger.Accounts;
using OrleansEs.Ledger.Overload;
using OrleansEs.Ledger.Transfers;

namespace OrleansEs.Specs.Overload;

/// <summary>What the filter lets through, and what a caller gets who is not let through.</summary>
public sealed class OverloadThrottleFilterSpecs
{
    private static readonly AccountCommand s_deposit = new Deposit(new Money(1, Asset.Parse("EUR")), null);
    private static readonly CreateTransfer s_transfer = new([], null);
    private readonly OverloadThrottleFilter _filter = new(
        new OverloadThrottle(new FakeTimeProvider(), seed: 1),
        new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_not_sent_is_answered_as_silos_do_and_says_who_refused_it()
    {
        await Overload();

        var (sent, answer) = await Call(s_deposit);

        var result = Assert.IsType<CommandResult>(answer);
        Assert.False(sent);
        Assert.Equal((CommandStatus.Unavailable, RefusalCodes.Overloaded), (result.Status, result.Refusal!.Code));
        Assert.Equal(Header().CommandId, result.CommandId);
        Assert.Contains("This client", result.Refusal.Message, StringComparison.Ordinal);
        Assert.Contains("try again", result.Refusal.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transfer_that_is_not_sent_is_answered_by_a_transfers_result()
    {
        await Overload();

        var (sent, answer) = await Call(s_transfer);

        var result = Assert.IsType<TransferResult>(answer);
        Assert.False(sent);
        Assert.Equal((RefusalCodes.Overloaded, Header().CommandId), (result.Result.Refusal!.Code, result.Result.CommandId));
        Assert.Null(result.Transfer);
        Assert.Empty(result.Tokens);
    }

    [Fact]
    public async Task A_retry_is_always_sent()
    {
        await Overload();

        Assert.True((await Call(s_deposit, Header() with { IsRetry = true })).Sent);
        Assert.True((await Call(s_transfer, Header() with { IsRetry = true })).Sent);
    }

    [Fact]
    public async Task Queries_and_the_steps_of_a_transfer_are_always_sent()
    {
        await Overload();

        Assert.True((await Call(AsOf.Now, second: null)).Sent);
        Assert.True((await Call(new CaptureHold("t"))).Sent);
        Assert.False((await Call(s_deposit)).Sent);
    }

    [Theory]
    [InlineData(CommandStatus.Done, null)]
    [InlineData(CommandStatus.Refused, RefusalCodes.InsufficientFunds)]
    [InlineData(CommandStatus.Unavailable, RefusalCodes.Unavailable)]
    [InlineData(CommandStatus.Unavailable, RefusalCodes.TooMuchContention)]
    [InlineData(CommandStatus.Unknown, RefusalCodes.OutcomeUnknown)]
    public async Task Only_refusals_for_overload_count(CommandStatus status, string? code)
    {
        for (var call = 0; call < 1_000; call++)
            Assert.True((await Call(s_deposit, answer: Result(status, code))).Sent);
    }

    [Fact]
    public async Task A_call_that_is_lost_counts_for_nothing()
    {
        for (var call = 0; call < 1_000; call++)
            await Assert.ThrowsAsync<TimeoutException>(() => Call(s_deposit, answer: new TimeoutException()));

        Assert.True((await Call(s_deposit)).Sent);
    }

    [Fact]
    public async Task What_is_answered_comes_back_as_it_is()
    {
        var done = Result(CommandStatus.Done, null);

        Assert.Same(done, (await Call(s_deposit, answer: done)).Answer);
    }

    // Far more refusals than chance lets through, and the probe of this moment.
    private async Task Overload()
    {
        for (var call = 0; call < 100; call++)
            await Call(s_deposit, Header() with { IsRetry = true }, Result(CommandStatus.Unavailable, RefusalCodes.Overloaded));
        for (var call = 0; call < 10_000; call++)
            await Call(s_deposit, answer: Result(CommandStatus.Unavailable, RefusalCodes.Overloaded));
    }

    private static CommandHeader Header() => new() { CommandId = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) };

    private static CommandResult Result(CommandStatus status, string? code) => new()
    {
        Status = status, CommandId = Header().CommandId, Refusal = code is null ? null : new Refusal(code, "", ""),
    };

    private Task<(bool Sent, object? Answer)> Call(object first, CommandHeader? header = null, object? answer = null) =>
        Call(first, (object)(header ?? Header()), answer);

    private async Task<(bool Sent, object? Answer)> Call(object first, object? second, object? answer = null)
    {
        var call = new ScriptedCall([first, second], answer ?? Result(CommandStatus.Done, null));
        await _filter.Invoke(call);
        return (call.IsSent, call.Result);
    }
}
