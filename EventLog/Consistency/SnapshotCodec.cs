using OrleansEs.EventLog.Codec;

namespace OrleansEs.EventLog.Consistency;

/// <summary>
/// The states of one grain class to snapshots and back. Of an aggregate the state is written and not its holder.
/// </summary>
internal sealed class SnapshotCodec<TView>(StateSerializer serializer)
    where TView : class, new()
{
    /// <exception cref="ArgumentException">The state cannot be encoded whole.</exception>
    public JournalSnapshot Encode(JournalState<TView> state)
    {
        var holder = state.View as IStateHolder;
        var (content, type) = holder is null ? (state.View, typeof(TView)) : (holder.Content, holder.ContentType);
        var (format, payload) = serializer.Encode(
            content ?? throw new ArgumentException("There is no state yet.", nameof(state)), type);
        // JSON has its own rules of what it carries; what Orleans' serializer would drop without a word must be known.
        if (format == OrleansEventCodec.Name && StateShape<TView>.LostMembers.Count > 0)
            throw new ArgumentException(StateShape<TView>.LostMembersMessage, nameof(state));
        return new JournalSnapshot(state.Version, state.ClearedAt, StateShape<TView>.Schema, format, payload);
    }

    /// <returns>Null for a snapshot of another shape.</returns>
    /// <exception cref="EventLogCorruptException">The payload is no such state.</exception>
    public JournalState<TView>? Decode(JournalSnapshot snapshot)
    {
        if (snapshot.Schema != StateShape<TView>.Schema)
            return null;
        var view = new TView();
        if (view is IStateHolder holder)
            holder.Content = serializer.Decode(snapshot.Format, snapshot.Payload, holder.ContentType);
        else
            view = (TView)serializer.Decode(snapshot.Format, snapshot.Payload, typeof(TView));
        return new JournalState<TView>(view, snapshot.Version, snapshot.ClearedAt, null);
    }
}
