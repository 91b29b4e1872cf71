using System.Collections;
using System.Collections.Immutable;
using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Marks an annotation of a resource.</summary>
public interface IResourceAnnotation;

/// <summary>How <see cref="IResourceBuilder{T}.WithAnnotation{TAnnotation}(TAnnotation, ResourceAnnotationMutationBehavior)"/> treats an annotation of the same type.</summary>
public enum ResourceAnnotationMutationBehavior
{
    Append,
    Replace,
}

/// <summary>Annotations in the order in which they were added. Thread-safe: an enumeration sees the list as it was when it began.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>
{
    public ResourceAnnotationCollection()
        : base(new SnapshotList())
    {
    }

    protected override void InsertItem(int index, IResourceAnnotation item) => Snapshots.Change(list => list.Insert(Math.Min(index, list.Count), item));

    protected override void RemoveItem(int index) => Snapshots.Change(list => index < list.Count ? list.RemoveAt(index) : list);

    protected override void SetItem(int index, IResourceAnnotation item) => Snapshots.Change(list => list.SetItem(index, item));

    protected override void ClearItems() => Snapshots.Change(_ => []);

    private SnapshotList Snapshots => (SnapshotList)Items;

    /// <summary>An immutable list that is swapped whole; readers never lock.</summary>
    private sealed class SnapshotList : IList<IResourceAnnotation>
    {
        private ImmutableList<IResourceAnnotation> items = [];

        public int Count => items.Count;

        public bool IsReadOnly => false;

        public IResourceAnnotation this[int index]
        {
            get => items[index];
            set => Change(list => list.SetItem(index, value));
        }

        public void Change(Func<ImmutableList<IResourceAnnotation>, ImmutableList<IResourceAnnotation>> change) => ImmutableInterlocked.Update(ref items, change);

        public void Add(IResourceAnnotation item) => Change(list => list.Add(item));

        public void Clear() => Change(_ => []);

        public bool Contains(IResourceAnnotation item) => items.Contains(item);

        public void CopyTo(IResourceAnnotation[] array, int arrayIndex) => items.CopyTo(array, arrayIndex);

        public int IndexOf(IResourceAnnotation item) => items.IndexOf(item);

        public void Insert(int index, IResourceAnnotation item) => Change(list => list.Insert(index, item));

        public bool Remove(IResourceAnnotation item) => ImmutableInterlocked.Update(ref items, list => list.Remove(item));

        public void RemoveAt(int index) => Change(list => list.RemoveAt(index));

        public IEnumerator<IResourceAnnotation> GetEnumerator() => items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
