namespace OrleansEs.EventLog.Sqlite;

/// <summary>A piece of work for the writer, and the promise to whoever asked for it.</summary>
internal sealed class SqliteJob(Action<SqliteSession> work, SqliteJobKind kind)
{
    // Continuations must not run on the writer's thread: it has the next group to write.
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes after the commit, or faults.</summary>
    public Task Done => _done.Task;

    /// <summary>What the writer may do with it.</summary>
    public SqliteJobKind Kind => kind;

    /// <summary>What the work itself threw when it ran last; null while it did not.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Runs the work; what it throws is kept for its owner and never reaches its neighbours.</summary>
    public bool TryRun(SqliteSession session)
    {
        Failure = null;
        try
        {
            work(session);
            return true;
        }
        catch (Exception failure)
        {
            Failure = failure;
            return false;
        }
    }

    /// <summary>Tells the owner how the transaction ended; its own failure is certain whatever became of the rest.</summary>
    public void Complete(Exception? transactionFailure)
    {
        if ((Failure ?? transactionFailure) is { } failure)
            _done.SetException(failure);
        else
            _done.SetResult();
    }
}
