namespace MlAspire.Gateway.Audit.Segments;

/// <summary>Reads a file of lines (<see cref="AuditLine"/>) from its beginning, record by record.</summary>
internal static class AuditScan
{
    /// <summary>What is done with a record: its bytes, which are valid during the call only, and where its line ends.</summary>
    public delegate void Visit(ReadOnlySpan<byte> record, long end);

    /// <param name="file">Read from where it is.</param>
    /// <param name="first">Index of its first record, for the message.</param>
    /// <param name="visit">Is shown every record of the whole groups, in order.</param>
    /// <returns>Where the last whole group ends; what follows is a torn one.</returns>
    /// <exception cref="InvalidDataException">Behind a group that is damaged or has no end there is a record of another one: not a torn write.</exception>
    public static long Read(Stream file, long first, Visit visit)
    {
        var buffer = new byte[1 << 16];
        var state = new State(first, visit);
        int filled = 0, read;
        while ((read = file.Read(buffer, filled, buffer.Length - filled)) > 0)
        {
            filled += read;
            var start = 0;
            for (int length; (length = buffer.AsSpan(start, filled - start).IndexOf(AuditLine.LineFeed)) >= 0; start += length + 1)
            {
                state.Take(buffer.AsSpan(start, length));
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }
        }

        return state.GoodEnd;
    }

    private sealed class State(long index, Visit visit)
    {
        private readonly List<(byte[] Record, long End)> group = []; // whole lines of a group whose last one is not read yet
        private long end;
        private bool damaged; // behind GoodEnd there is a line that is not whole

        public long GoodEnd { get; private set; }

        public void Take(ReadOnlySpan<byte> line)
        {
            var start = end;
            end += line.Length + 1;
            var whole = AuditLine.TryRead(line, out var record, out var mark, out var place);
            var begins = mark == AuditLine.Only ? start : place;
            if (whole && begins == GoodEnd)
            {
                Take(record, mark);
            }
            else if (whole && begins > GoodEnd && begins <= start)
            {
                throw new InvalidDataException($"Record {index + group.Count} of the audit log is damaged, and there are whole records behind it.");
            }
            else
            {
                damaged = true; // also a line whose record is damaged and that therefore names any place
            }
        }

        private void Take(ReadOnlySpan<byte> record, byte mark)
        {
            if (damaged)
            {
                return;
            }

            group.Add((record.ToArray(), end));
            if (mark != AuditLine.More)
            {
                group.ForEach(each => visit(each.Record, each.End));
                index += group.Count;
                group.Clear();
                GoodEnd = end;
            }
        }
    }
}
