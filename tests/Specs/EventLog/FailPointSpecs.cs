using OrleansEs.EventLog.FailPoints;

namespace OrleansEs.Specs.EventLog;

/// <summary>Plans of deliberate failures.</summary>
public sealed class FailPointSpecs
{
    [Theory]
    [InlineData("append.after-commit=throw", "11111")]
    [InlineData("append.after-commit=throw@3", "00100")]
    [InlineData("append.after-commit=throw%2", "01010")]
    [InlineData("append.before-commit=throw; append.after-commit=throw@1", "10000")]
    [InlineData("checkpoint.before-commit=throw", "00000")]
    [InlineData("", "00000")]
    public void A_point_fails_when_it_is_due(string text, string expected)
    {
        var plan = FailPointPlan.Parse(text);

        Assert.Equal(expected, string.Concat(expected.Select(_ => plan.Fails(FailPointNames.AfterAppend) ? '1' : '0')));
    }

    [Theory]
    [InlineData("append.after=throw")]
    [InlineData("append.after-commit=sleep")]
    [InlineData("append.after-commit=throw@0")]
    [InlineData("append.after-commit")]
    [InlineData("append.after-commit=throw@99999999999")]
    public void A_plan_that_cannot_be_read_is_refused_with_what_there_is(string text)
    {
        var refusal = Assert.Throws<FormatException>(() => FailPointPlan.Parse(text));

        Assert.Contains("checkpoint.after-commit", refusal.Message, StringComparison.Ordinal);
    }
}
