// What POSIX lacks: one function for each thing that the systems do differently or not at all.
//
// Each system has one file that implements these (system_linux.cc, system_darwin.cc, system_win32.cc), and a
// call that only one system knows stands nowhere else. Nothing here is held, and everything may be called on
// any thread.
#ifndef MEMORYVIEW_CORE_SYSTEM_H_
#define MEMORYVIEW_CORE_SYSTEM_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "mapping.h"

namespace mv {

/// Does to private anonymous pages what OverlayPages does. Small ranges stay a part of the mapping that they
/// are in where the system can: with one of its own for each, released blocks that are still referred to
/// would use up the process's mappings.
void EmptyPages(const Pages& pages);

/// Gives the memory of the whole pages inside a private range back, which stays as it is otherwise; what they
/// held is lost.
void DropPages(void* base, size_t nbytes);

/// Moves the pages of a private anonymous range to other addresses, which no code knows; the range stays as
/// fresh zero pages. The base is null, with nothing done, where the system can't.
Pages MovePages(const Pages& pages);

/// Keeps the range out of core dumps where the system can.
void LeaveOutOfDumps(const Pages& pages);

/// Why the system does not store the page of a file that it lost, as a negative errno.
int ReasonOfLoss(int fd, uint64_t offset);

/// Gives back the pages that the C library keeps of freed memory, in all its arenas.
void TrimLibraryHeap();

/// The advice that asks for huge pages, as madvise takes it; negative where the system has none.
int HugePageAdvice();

/// Makes memory without a name whose size can't change any more. The descriptor, or a negative errno.
int OpenSealed(const std::string& label, uint64_t nbytes);

/// Fills at most 256 bytes with random ones that no other process can foresee. False if the system has none.
bool FillRandom(void* bytes, size_t nbytes);

/// The number of an error of the C library as Node has it: negative, and on Windows one of libuv's own.
int Refusal(int error);

/// The time of the steady clock, up to some milliseconds late. Reading it exactly takes 60 ns on some virtual
/// machines, a twentieth of an allocation.
std::chrono::steady_clock::time_point RoughlyNow();

/// The size of a core's second-level cache; 0 where the system does not say.
size_t SecondCacheBytes();

/// Whether an address lies on the stack that the system gave to this thread. Code may run on another one:
/// some libraries for foreign functions make their calls on stacks of their own.
bool OnThreadStack(const void* address);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_SYSTEM_H_
