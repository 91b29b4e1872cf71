namespace MlAspire.Gateway.Audit.Segments;

/// <summary>Reads a file of lines (<see cref="AuditLine"/>) from its beginning, record by record.</summary>
internal static class AuditScan
{
    /// <summary>What is done with a record: its bytes, which are valid during the call only, and where its line ends.</summary>
    public delegate void Visit(ReadOnlySpan<byte> record, long end);

    /// <param name="file">Read from where it is.</param>
    /// <param name="first">Index of its first record, for the message.</param>
    /// <param name="visit">Is shown every whole record, in order.</param>
    /// <returns>Where the last whole record ends; what follows is a torn tail.</returns>
    /// <exception cref="InvalidDataException">A damaged record has whole records behind it: not a torn write.</exception>
    public static long Read(Stream file, long first, Visit visit)
    {
        var buffer = new byte[1 << 16];
        var state = new State(first);
        int filled = 0, read;
        while ((read = file.Read(buffer, filled, buffer.Length - filled)) > 0)
        {
            filled += read;
            var start = 0;
            for (int length; (length = buffer.AsSpan(start, filled - start).IndexOf(AuditLine.LineFeed)) >= 0; start += length + 1)
            {
                state.Take(buffer.AsSpan(start, length), visit);
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

    private sealed class State(long index)
    {
        private long end;
        private bool damaged;

        public long GoodEnd { get; private set; }

        public void Take(ReadOnlySpan<byte> line, Visit visit)
        {
            end += line.Length + 1;
            if (!AuditLine.TryRead(line, out var record))
            {
                damaged = true;
            }
            else if (damaged)
            {
                throw new InvalidDataException($"Record {index} of the audit log is damaged, and there are whole records behind it.");
            }
            else
            {
                visit(record, end);
                index++;
                GoodEnd = end;
            }
        }
    }
}
