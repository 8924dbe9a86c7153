using Microsoft.Extensions.Configuration;
using OrleansEs.Silo;

namespace OrleansEs.Specs.Programs;

public sealed class SiloCommandLineSpecs
{
    private const string Connection = "Host=db;Port=5433;Database=ledger;Username=ledger;Password=geheim";

    [Fact]
    public void A_silo_that_is_told_nothing_takes_one_file()
    {
        var options = Read("");
        Assert.Equal((SiloStore.Sqlite, ""), (options.Store, options.Connection));
    }

    [Fact]
    public void Postgres_is_where_the_connection_says()
    {
        var options = Read("--store postgres --database-timeout 5 --connection " + Connection);
        Assert.Equal(
            (SiloStore.Postgres, Connection, TimeSpan.FromSeconds(5)), (options.Store, options.Connection, options.DatabaseTimeout));
        Assert.Equal("postgres db:5433/ledger", options.StoreText);
    }

    [Theory]
    [InlineData("CONNECTION", "ConnectionStrings:EventLog")]
    [InlineData("connection", "connectionStrings:eventLog")]
    public void The_settings_connection_wins_over_the_one_that_other_programs_read(string ours, string others)
    {
        var options = Read("--store postgres", (ours, Connection), (others, "Host=another"));
        Assert.Equal(Connection, options.Connection);
    }

    [Fact]
    public void The_connection_that_other_programs_read_is_taken_where_there_is_no_other()
    {
        var options = Read("", ("STORE", "postgres"), ("ConnectionStrings:EventLog", Connection));
        Assert.Equal((SiloStore.Postgres, Connection), (options.Store, options.Connection));
        Assert.Equal("Host=x", Read("--connection Host=x", ("STORE", "postgres"), ("connection", Connection)).Connection);
    }

    [Fact]
    public void The_number_of_partitions_is_the_logs_own_unless_it_is_given()
    {
        Assert.Null(Read("").Partitions);
        Assert.Equal(16, Read("--partitions 16", ("PARTITIONS", "4")).Partitions);
        Assert.Equal(1_024, Read("", ("PARTITIONS", "1024")).Partitions);
        Assert.Equal(1, Read("", ("partitions", "1")).Partitions);
    }

    [Fact]
    public void A_silo_appends_in_one_lane_unless_more_are_asked_for()
    {
        Assert.Equal(1, Read("--append-lanes 1").AppendLanes);
        Assert.Equal(4, Read("--store postgres --connection Host=db", ("APPEND_LANES", "4")).AppendLanes);
        Assert.Equal(2, Read("--store postgres --connection Host=db --append-lanes 2", ("appendLanes", "4")).AppendLanes);
    }

    [Theory]
    [InlineData("--store oracle", "'oracle'")]
    [InlineData("--store postgres", "needs --connection")]
    [InlineData("--connection Host=db", "--store postgres")]
    [InlineData("--store sqlite --connection Host=db", "--store postgres")]
    [InlineData("--store postgres --connection Host=db --data x.db", "--data")]
    [InlineData("--store postgres --connection Host=db;Prot=1;Password=geheim", "prot")]
    [InlineData("--store postgres --connection Host=db;Timeout=soon;Password=geheim", "timeout")]
    [InlineData("--store postgres --connection Password=geheim", "no Host")]
    [InlineData("--store postgres --connection Host=db --database-timeout -1", "'-1'")]
    [InlineData("--partitions 0", "--partitions '0' is no number of partitions; give a whole number from 1 to 1024")]
    [InlineData("--partitions 1025", "'1025'")]
    [InlineData("--partitions eight", "'eight'")]
    [InlineData("--append-lanes 2", "--append-lanes 2 is for --store postgres")]
    [InlineData("--store postgres --connection Host=db --append-lanes 65", "--append-lanes '65' is no number of lanes")]
    public void What_does_not_go_together_is_named_and_no_password_with_it(string args, string names)
    {
        var refused = Assert.Throws<StartException>(() => Read(args));
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(names, refused.Line, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", refused.Line, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_are_logged_show_no_password() =>
        Assert.DoesNotContain("geheim", Read("--store postgres --connection " + Connection).ToString(), StringComparison.Ordinal);

    private static SiloOptions Read(string args, params (string Key, string Value)[] settings)
    {
        var commandLine = new SiloCommandLine();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key, setting.Value)))
            .Build();
        return commandLine.Read(commandLine.Root.Parse(args.Split(' ', StringSplitOptions.RemoveEmptyEntries)), configuration);
    }
}
