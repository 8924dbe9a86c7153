namespace OrleansEs.EventLog.Sqlite;

/// <summary>The jobs of one transaction of the writer.</summary>
/// <remarks>
/// Invariants: a job that fails takes its own writes back and nobody else's; a job that may be run once is run once.
/// A savepoint makes SQLite keep a copy of every page that its job is the first to change, which takes a tenth of the time of the
/// whole, and hardly a job ever fails. So jobs that may be run again run without one, and if one of them fails, all are taken back
/// and run again, each in a savepoint. Once a job has run that may not be run again, all after it have savepoints.
/// </remarks>
internal sealed class SqliteGroup(SqliteSession session)
{
    private readonly List<SqliteJob> _jobs = [];
    private bool _needsSavepoints;

    /// <summary>Runs a job inside the transaction under way; its own failure is kept with it.</summary>
    /// <exception cref="Exception">The whole transaction failed.</exception>
    public void Run(SqliteJob job)
    {
        _jobs.Add(job);
        _needsSavepoints |= job.Kind == SqliteJobKind.Other;
        if (_needsSavepoints)
            RunInSavepoint(job);
        else if (!job.TryRun(session))
            RunAgain();
    }

    private void RunAgain()
    {
        session.End();
        session.Begin(write: true);
        _needsSavepoints = true;
        foreach (var job in _jobs)
            RunInSavepoint(job);
    }

    private void RunInSavepoint(SqliteJob job)
    {
        session.Statement("savepoint job").Execute();
        if (!job.TryRun(session))
        {
            // After some errors (full disk, I/O) SQLite ends the whole transaction by itself: then nothing is left to save.
            if (!session.InTransaction)
                throw job.Failure!;
            session.Statement("rollback to savepoint job").Execute();
        }
        session.Statement("release savepoint job").Execute();
    }
}
