using OrleansEs.EventLog;

namespace OrleansEs.Specs.EventLog;

/// <summary>A store that holds every batch until the test answers it.</summary>
internal sealed class ScriptedStore : IEventLogStore
{
    private readonly Lock _gate = new();
    private readonly Queue<Batch> _batches = new();
    private readonly Queue<TaskCompletionSource<Batch>> _waiting = new();

    public LogIdentity Identity { get; } = new(Guid.Empty, 8, 1);

    /// <summary>The next batch that the appender sends.</summary>
    public Task<Batch> Next()
    {
        lock (_gate)
        {
            if (_batches.TryDequeue(out var batch))
                return Task.FromResult(batch);
            var next = new TaskCompletionSource<Batch>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(next);
            return next.Task.WaitAsync(TimeSpan.FromSeconds(10));
        }
    }

    public Task<IReadOnlyList<AppendResult>> AppendBatch(IReadOnlyList<AppendRequest> batch, CancellationToken cancellation)
    {
        var sent = new Batch(batch, cancellation);
        lock (_gate)
        {
            if (_waiting.TryDequeue(out var next))
                next.SetResult(sent);
            else
                _batches.Enqueue(sent);
        }
        return sent.Results.Task;
    }

    /// <summary>What becomes of a bulk.</summary>
    public Func<IReadOnlyList<AppendRequest>, CancellationToken, Task<BulkAppendResult>> OnBulk { get; set; } =
        static (_, _) => throw new NotSupportedException();

    public Task<BulkAppendResult> AppendBulk(IReadOnlyList<AppendRequest> requests, CancellationToken cancellation) =>
        OnBulk(requests, cancellation);

    public Task Restore(IReadOnlyList<CommittedEvent> events, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<CommittedEvent>> ReadJournal(
        JournalId journal, long afterVersion, int countMax, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<CommittedEvent>> ReadPartition(
        LogPosition after, int countMax, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<long>> ReadHeads(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<CommittedEvent>> FindCommand(
        JournalId journal, Guid commandId, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>A batch on its way.</summary>
    internal sealed record Batch(IReadOnlyList<AppendRequest> Requests, CancellationToken Cancellation)
    {
        public TaskCompletionSource<IReadOnlyList<AppendResult>> Results { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Answer(params AppendResult[] results) => Results.SetResult(results);

        public void AnswerAll(AppendResult result) => Results.SetResult([.. Requests.Select(_ => result)]);
    }
}
