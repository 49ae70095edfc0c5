// Pages on POSIX, by mmap; mapping.h states what each call promises.
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "mapping.h"
#include "system.h"

namespace mv {

size_t PageSize() {
  static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

namespace {

/// Whether the process can map more after this. The runtime aborts where its own small allocations fail, so
/// the last of the address space (ulimit -v) is left to it. This tries for every 8 MiB only, because the two
/// calls cost as much as a small mapping.
bool LeavesRoom(size_t nbytes) {
  constexpr size_t kTriedEvery = 8 * 1024 * 1024;
  constexpr size_t kRoom = 16 * 1024 * 1024;
  static std::atomic<size_t> untried{kTriedEvery};
  if (untried.fetch_add(nbytes, std::memory_order_relaxed) + nbytes < kTriedEvery) return true;
  void* room =
      mmap(nullptr, kRoom, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  munmap(room, kRoom);
  untried.store(0, std::memory_order_relaxed);
  return true;
}

}  // namespace

Pages MapPages(size_t nbytes, size_t alignment) {
  const size_t page = PageSize();
  // Half the address space can't be had anyway, and keeps the sums below from overflowing.
  if (nbytes > SIZE_MAX / 2 || alignment > SIZE_MAX / 4) return {};
  const size_t wanted = nbytes == 0 ? page : (nbytes + page - 1) / page * page;
  const size_t slack = alignment > page ? alignment - page : 0;
  void* start = mmap(nullptr, wanted + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return {};
  if (!LeavesRoom(wanted + slack)) {
    munmap(start, wanted + slack);
    return {};
  }
  const auto first = reinterpret_cast<uintptr_t>(start);
  const uintptr_t base = (first + slack) & ~(static_cast<uintptr_t>(alignment > page ? alignment : page) - 1);
  const size_t before = base - first;
  if (before != 0) munmap(start, before);
  if (slack - before != 0) munmap(reinterpret_cast<void*>(base + wanted), slack - before);
  return {reinterpret_cast<void*>(base), wanted};
}

namespace {

bool Replace(const Pages& pages, int protection) {
  if (pages.base == nullptr) return true;
  // NORESERVE, because pages kept only for their addresses must not count against the commit limit.
  void* done = mmap(pages.base, pages.nbytes, protection,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  // Fails if the process has too many mappings. The memory goes back all the same; the mapping stays.
  if (done == MAP_FAILED) madvise(pages.base, pages.nbytes, MADV_DONTNEED);
  return done != MAP_FAILED;
}

}  // namespace

void OverlayPages(const Pages& pages) { Replace(pages, PROT_READ | PROT_WRITE); }

void PreferHugePages(const Pages& pages) {
  const int advice = HugePageAdvice();
  if (advice >= 0) madvise(pages.base, pages.nbytes, advice);
}

bool ForbidPages(const Pages& pages) { return Replace(pages, PROT_NONE); }

int LockPages(const Pages& pages, bool locked) {
  const int done = locked ? mlock(pages.base, pages.nbytes) : munlock(pages.base, pages.nbytes);
  return done == 0 ? 0 : -errno;
}

void UnmapPages(const Pages& pages) {
  if (pages.base == nullptr) return;
  if (munmap(pages.base, pages.nbytes) != 0) madvise(pages.base, pages.nbytes, MADV_DONTNEED);
}

}  // namespace mv
