using OrleansEs.EventLog;
using OrleansEs.EventLog.Consistency;

namespace OrleansEs.Specs.Consistency;

/// <summary>How many commands a silo lets in.</summary>
public sealed class CommandAdmissionSpecs
{
    [Fact]
    public void One_more_than_the_limit_is_refused_and_let_in_when_one_of_them_ends()
    {
        var admission = new CommandAdmission(2);
        var first = admission.Enter();
        using var second = admission.Enter();

        Assert.Contains("2 commands", Assert.Throws<EventLogOverloadedException>(admission.Enter).Message, StringComparison.Ordinal);
        first.Dispose();
        first.Dispose();

        Assert.Equal(1, admission.UnderWay);
        using var third = admission.Enter();
        Assert.Throws<EventLogOverloadedException>(admission.Enter);
    }
}
