using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace MlAspire.Inference.Api.Rest;

/// <summary>The memory that Kestrel receives into and sends from: blocks of 32 KiB. Its own are of 4 KiB, and a tensor of 1 MB is then 256 calls of the system, each of which wakes a thread.</summary>
/// <remarks>A block that comes back is kept for the next, 1,024 at most (32 MiB); the rest is left to the garbage collector.</remarks>
internal sealed class ConnectionMemory : IMemoryPoolFactory<byte>
{
    private static readonly Pool Shared = new(); // Kestrel asks for one per queue of each end point

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => Shared;

    private sealed class Pool : MemoryPool<byte>
    {
        private const int BlockBytes = 32 << 10;
        private const int MaxIdle = 1024;
        private readonly Lock gate = new(); // guards idle
        private readonly Stack<Block> idle = new(); // the last used first: the processor's caches still have it

        public override int MaxBufferSize => BlockBytes;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
            lock (gate)
            {
                if (idle.TryPop(out var block))
                {
                    return block;
                }
            }

            return new Block(this);
        }

        protected override void Dispose(bool disposing)
        {
        }

        private void Return(Block block)
        {
            lock (gate)
            {
                if (idle.Count < MaxIdle)
                {
                    idle.Push(block);
                }
            }
        }

        /// <summary>Pinned where it is made, so that a call of the system need not pin it.</summary>
        private sealed class Block(Pool pool) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory { get; } = MemoryMarshal.CreateFromPinnedArray(GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true), 0, BlockBytes);

            public void Dispose() => pool.Return(this);
        }
    }
}
