"""One rank in Python, with mpi4py and numpy: what rank.ts does."""
import sys
import time

import numpy
from mpi4py import MPI

world = MPI.COMM_WORLD
rank, size = world.rank, world.size
mib = int(sys.argv[1]) if len(sys.argv) > 1 else 64
following, previous = (rank + 1) % size, (rank - 1) % size


def column_of(view):
    """A datatype for one column: the elements where its strides say."""
    kind = MPI._typedict[view.dtype.char].Create_hvector(view.shape[0], 1, view.strides[0])
    return kind.Commit()


def address(view):
    return MPI.memory.fromaddress(view.__array_interface__["data"][0], 0)


def barrier():
    """Waits without keeping a processor busy."""
    request = world.Ibarrier()
    while not request.Test():
        time.sleep(0.001)


def check(text, holds):
    if not holds:
        raise SystemExit(f"rank {rank}: {text} is false")


matrix = numpy.zeros((5, 3))
matrix[:, 1] = rank * 100 + numpy.arange(5)
vector = numpy.zeros(10)
source, target = matrix[:, 1], vector[::2]
requests = [
    world.Isend([address(source), 1, column_of(source)], following, 0),
    world.Irecv([address(target), 1, column_of(target)], previous, 0),
]
MPI.Request.Waitall(requests)
check("a strided column came", (vector[::2] == previous * 100 + numpy.arange(5)).all() and not vector[1::2].any())
MPI.Request.Waitall([world.Irecv(vector, previous, 1), world.Isend(numpy.zeros(10), following, 1)])

total = numpy.zeros(3, "q")
world.Iallreduce(numpy.array([rank, 1, rank * rank], "q"), total).Wait()
check("all ranks add up", total.tolist() == [size * (size - 1) // 2, size, sum(i * i for i in range(size))])

board = numpy.zeros(size, "i")
window = MPI.Win.Create(board, 1, comm=world)
window.Fence(0)
mine = numpy.array([rank + 1], "i")
for other in range(size):
    window.Put([mine, 1, MPI.INT], other, [rank * 4, 1, MPI.INT])
window.Fence(0)
window.Free()
check("each rank wrote into each window", board.tolist() == list(range(1, size + 1)))

wide = numpy.full((mib * 2**20 // 8, 2), float(rank))
column = wide[:, 1]
kind = column_of(column)
times = []
answer = numpy.zeros(1, "B")
for _ in range(9 if mib > 0 else 0):
    barrier()
    barrier()
    start = time.perf_counter()
    if rank == 2:
        world.Send([address(column), 1, kind], 3, 2)
        world.Recv(answer, 3, 3)
    if rank == 3:
        world.Recv([address(column), 1, kind], 2, 2)
        world.Send(answer, 2, 3)
    times.append((time.perf_counter() - start) * 1000)
    barrier()
if rank == 3 and mib > 0:
    check("the column is that of rank 2", column[0] == 2 and column[-1] == 2 and wide[0, 0] == 3)
if rank == 2 and mib > 0:
    print(f"   {mib} MiB, every second double, mpi4py to mpi4py".ljust(44), f"{sorted(times)[4]:.1f} ms", flush=True)
barrier()
