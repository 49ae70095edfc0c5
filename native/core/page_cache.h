// A few ranges of pages that blocks have given back, kept for the next ones: pages that are there already
// cost less to zero than the system's page faults.
//
// No code can know a kept range: its pages were moved there from the addresses that the block had,
// which stay behind as fresh zero pages. So a late access to a released block never reaches the memory of
// another one. The cache belongs to the process, its size is bounded, and it may be used on any thread.
#ifndef MEMORYVIEW_CORE_PAGE_CACHE_H_
#define MEMORYVIEW_CORE_PAGE_CACHE_H_

#include <cstddef>

#include "mapping.h"

namespace mv {

/// Bytes that are kept at most, of all ranges together.
inline constexpr size_t kMaxKept = 16 * 1024 * 1024;

/// Takes the pages out of a private anonymous range, whose addresses stay readable and writable as zeros.
/// The ranges that were kept first go back to the system where there is no room. False, with nothing done,
/// for a range that takes more than half of the room, and where the system can't move pages.
bool KeepPages(const Pages& pages);

/// A kept range of just that many bytes, with any content; its base is null where there is none.
Pages TakeKeptPages(size_t nbytes);

/// Gives all kept pages back to the system; their number of bytes.
size_t DropKeptPages();

}  // namespace mv

#endif  // MEMORYVIEW_CORE_PAGE_CACHE_H_
