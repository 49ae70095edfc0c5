// Maps whole pages of the system, and gives them back.
//
// This file owns nothing: a range belongs to the block that mapped it. All functions may be called on
// any thread and know no environment.
#ifndef MEMORYVIEW_CORE_MAPPING_H_
#define MEMORYVIEW_CORE_MAPPING_H_

#include <cstddef>
#include <cstdint>

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

/// Asks for huge pages if the system has them: they cause fewer page faults and fewer TLB misses.
void PreferHugePages(const Pages& pages);

/// The pages that lie completely inside a range; nbytes is 0 if there are none.
inline Pages WholePagesIn(void* base, size_t nbytes) {
  const uintptr_t page = PageSize();
  const auto start = reinterpret_cast<uintptr_t>(base);
  const uintptr_t first = (start + page - 1) / page * page;
  const uintptr_t end = (start + nbytes) / page * page;
  return {reinterpret_cast<void*>(first), end > first ? end - first : 0};
}

/// Replaces the range by inaccessible pages: its memory goes back, and any touch faults. False if the system
/// refuses; then only the memory goes back.
bool ForbidPages(const Pages& pages);

/// Keeps the range in memory, or ends that. 0 or a negative errno.
int LockPages(const Pages& pages, bool locked);

/// Gives memory and addresses back.
void UnmapPages(const Pages& pages);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_MAPPING_H_
