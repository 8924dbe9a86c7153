using Npgsql;

namespace OrleansEs.EventLog.Postgres;

/// <summary>
/// Runs reads on pooled connections. A read that meets a connection which died while it lay in the pool, or a table that is
/// being dropped by somebody who waits for it, is run once more: it changes nothing, so nobody need know.
/// </summary>
internal sealed class PostgresReads(PostgresDatabase database)
{
    /// <summary>Runs one statement.</summary>
    /// <param name="sql">The statement, with parameters $1, $2 ….</param>
    /// <param name="parameters">Their values, in order.</param>
    /// <param name="read">Reads the answer.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    public Task<T> Read<T>(
        string sql, NpgsqlParameter[] parameters, Func<NpgsqlCommand, Task<T>> read, CancellationToken cancellation) =>
        Run(
            async connection =>
            {
                await using var command = new NpgsqlCommand(sql, connection);
                foreach (var parameter in parameters)
                    command.Parameters.Add(parameter.Clone());
                return await read(command);
            },
            cancellation);

    /// <summary>Runs a read on a connection of its own.</summary>
    /// <exception cref="EventLogUnavailableException">The database cannot be read now.</exception>
    public async Task<T> Run<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken cancellation)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                await using var connection = await database.Reader.OpenConnectionAsync(cancellation);
                return await read(connection);
            }
            catch (Exception lost) when (isFirst && PostgresFailures.IsConnectionLost(lost))
            {
                database.Reader.Clear();
            }
            catch (PostgresException race) when (isFirst && PostgresFailures.IsRace(race))
            {
                continue;
            }
            // A statement that is refused for what it is (wrong, or forbidden) is no question of when it is tried.
            catch (NpgsqlException failure) when (!PostgresFailures.IsWrong(failure))
            {
                throw PostgresFailures.Unavailable(database.Name, failure);
            }
        }
    }
}
