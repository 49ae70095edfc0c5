// Whole pages from the system, and the ways to give them back.
//
// Nobody holds anything here: a range belongs to whoever asked for it (a block), may be given back on any
// thread, and knows nothing of environments.
#ifndef MEMORYVIEW_CORE_MAPPING_H_
#define MEMORYVIEW_CORE_MAPPING_H_

#include <cstddef>

namespace mv {

/// A range of whole pages; `base` is null where the system refused it.
struct Pages {
  void* base = nullptr;
  size_t nbytes = 0;
};

/// The system's page size in bytes.
size_t PageSize();

/// Maps zeroed private pages for at least `nbytes` bytes, at a multiple of `alignment` (a power of two).
Pages MapPages(size_t nbytes, size_t alignment);

/// Replaces the range by fresh zero pages: its memory goes back to the system, its addresses stay readable
/// and writable. Any mapping may be overlaid, a file's too.
void OverlayPages(const Pages& pages);

/// Moves the pages of a private anonymous range to other addresses, which nobody knows; the range stays as
/// fresh zero pages. The base is null, with nothing done, where the system can't.
Pages MovePages(const Pages& pages);

/// Gives the memory of the whole pages inside a private range back, which stays as it is otherwise; what they
/// held is lost.
void DropPages(void* base, size_t nbytes);

/// Replaces the range by inaccessible pages: its memory goes back, and any touch faults.
void ForbidPages(const Pages& pages);

/// Gives memory and addresses back.
void UnmapPages(const Pages& pages);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_MAPPING_H_
