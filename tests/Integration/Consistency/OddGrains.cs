using Orleans.Concurrency;
using Orleans.EventSourcing;
using Orleans.Providers;

namespace OrleansEs.Integration.Consistency;

/// <summary>Grains with habits that a log-consistency provider has to bear.</summary>
public interface IOddGrain : IGrainWithStringKey
{
    Task Add(int number);

    Task<int> Sum();

    /// <summary>(issues reported, issues resolved)</summary>
    Task<int[]> Issues();

    Task Leave();
}

[GenerateSerializer]
public sealed class Added
{
    [Id(0)]
    public int Number { get; set; }
}

[GenerateSerializer]
public sealed class SumState
{
    [Id(0)]
    public int Sum { get; set; }

    public void Apply(Added added) => Sum += added.Number;
}

public interface ILazyGrain : IOddGrain
{
}

/// <summary>Its OnActivateAsync does not call its base, and so waits for nothing.</summary>
[GrainType("lazy")]
public sealed class LazyGrain : JournaledGrain<SumState, Added>, ILazyGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task Add(int number)
    {
        RaiseEvent(new Added { Number = number });
        return ConfirmEvents();
    }

    public Task<int> Sum() => Task.FromResult(State.Sum);

    public Task<int[]> Issues() => throw new NotSupportedException();

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public interface IBusyGrain : IOddGrain
{
    /// <summary>Adds conditionally, as often as it takes.</summary>
    Task<bool> AddIf(int number);

    /// <summary>(confirmed sum, tentative sum, unconfirmed events)</summary>
    Task<int[]> Sums();
}

/// <summary>Calls interleave in it; it is told of connection issues.</summary>
[GrainType("busy"), Reentrant]
public sealed class BusyGrain : JournaledGrain<SumState, Added>, IBusyGrain
{
    private int _issues;
    private int _resolved;

    public Task Add(int number)
    {
        RaiseEvent(new Added { Number = number });
        return ConfirmEvents();
    }

    public Task<bool> AddIf(int number) => RaiseConditionalEvent(new Added { Number = number });

    public Task<int> Sum() => Task.FromResult(State.Sum);

    public Task<int[]> Sums() => Task.FromResult(new[] { State.Sum, TentativeState.Sum, UnconfirmedEvents.Count() });

    public Task<int[]> Issues() => Task.FromResult(new[] { _issues, _resolved });

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    protected override void OnConnectionIssue(ConnectionIssue issue) => _issues++;

    protected override void OnConnectionIssueResolved(ConnectionIssue issue) => _resolved++;
}

public interface INamedGrain : IOddGrain
{
}

/// <summary>It names its provider, as grains do that were written for Orleans' own log storage.</summary>
[GrainType("named"), LogConsistencyProvider(ProviderName = "LogStorage")]
public sealed class NamedGrain : JournaledGrain<SumState, Added>, INamedGrain
{
    public Task Add(int number)
    {
        RaiseEvent(new Added { Number = number });
        return ConfirmEvents();
    }

    public Task<int> Sum() => Task.FromResult(State.Sum);

    public Task<int[]> Issues() => throw new NotSupportedException();

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public interface IForgetfulGrain : IOddGrain
{
}

/// <summary>Orleans' serializer would lose a part of it without a word: it has no id.</summary>
#pragma warning disable ORLEANS0004 // That it lacks an id is what the test is about.
[GenerateSerializer]
#pragma warning restore ORLEANS0004
public sealed class ForgetfulState
{
    [Id(0)]
    public int Count { get; set; }

    public int Sum { get; set; }

    public void Apply(Added added) => (Count, Sum) = (Count + 1, Sum + added.Number);
}

[GrainType("forgetful")]
public sealed class ForgetfulGrain : JournaledGrain<ForgetfulState, Added>, IForgetfulGrain
{
    public Task Add(int number)
    {
        RaiseEvent(new Added { Number = number });
        return ConfirmEvents();
    }

    public Task<int> Sum() => Task.FromResult(State.Sum);

    public Task<int[]> Issues() => throw new NotSupportedException();

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public interface ISecretiveGrain : IOddGrain
{
}

/// <summary>Orleans' serializer does not know it at all.</summary>
public sealed class SecretiveState
{
    public int Sum { get; private set; }

    public void Apply(Added added) => Sum += added.Number;
}

[GrainType("secretive")]
public sealed class SecretiveGrain : JournaledGrain<SecretiveState, Added>, ISecretiveGrain
{
    public Task Add(int number)
    {
        RaiseEvent(new Added { Number = number });
        return ConfirmEvents();
    }

    public Task<int> Sum() => Task.FromResult(State.Sum);

    public Task<int[]> Issues() => throw new NotSupportedException();

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public interface IHoardingGrain : IOddGrain
{
}

/// <summary>No serializer knows it.</summary>
public sealed record Hoard(int Sum);

/// <summary>Orleans' serializer knows it, and does not know what it holds.</summary>
[GenerateSerializer]
public sealed class HoardingState
{
    [Id(0)]
    public object? Hoard { get; set; }

    public void Apply(Added added) => Hoard = new Hoard((Hoard is Hoard hoard ? hoard.Sum : 0) + added.Number);
}

[GrainType("hoarding")]
public sealed class HoardingGrain : JournaledGrain<HoardingState, Added>, IHoardingGrain
{
    public Task Add(int number)
    {
        RaiseEvent(new Added { Number = number });
        return ConfirmEvents();
    }

    public Task<int> Sum() => Task.FromResult(State.Hoard is Hoard hoard ? hoard.Sum : 0);

    public Task<int[]> Issues() => throw new NotSupportedException();

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public interface IZooGrain : IGrainWithStringKey
{
    Task Admit(Animal animal);

    Task<string[]> Animals();

    Task Leave();
}

[GenerateSerializer]
public abstract class Animal
{
    [Id(0)]
    public string Name { get; set; } = "";
}

[GenerateSerializer]
public sealed class Cat : Animal
{
    [Id(0)]
    public int Lives { get; set; } = 9;
}

[GenerateSerializer]
public sealed class Dog : Animal
{
    [Id(0)]
    public List<string> Tricks { get; set; } = [];
}

/// <summary>Its events are objects of any kind, and its state holds a polymorphic list.</summary>
[GenerateSerializer]
public sealed class Zoo
{
    [Id(0)]
    public List<Animal> Animals { get; } = [];

    public void Apply(Animal animal)
    {
        if (animal is Dog dog)
            dog.Tricks.Add($"trick {Animals.Count}");
        Animals.Add(animal);
    }
}

[GrainType("zoo")]
public sealed class ZooGrain : JournaledGrain<Zoo>, IZooGrain
{
    public Task Admit(Animal animal)
    {
        RaiseEvent(animal);
        // The tentative state gets the event, too, and must not share it with the confirmed one.
        _ = TentativeState.Animals.Count;
        return ConfirmEvents();
    }

    public Task<string[]> Animals() => Task.FromResult(State.Animals
        .Select(a => a is Dog dog ? $"dog {dog.Name} {string.Join('+', dog.Tricks)}" : $"cat {a.Name} {((Cat)a).Lives}")
        .ToArray());

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
