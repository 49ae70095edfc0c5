// The ranges that are kept, in one array under one mutex; page_cache.h states why they are safe to reuse.
#include "page_cache.h"

#include <array>
#include <mutex>

#include "forever.h"
#include "system.h"

namespace mv {
namespace {

/// Has room for the largest number of ranges, because pages are kept at the end of a block, where nothing may
/// fail.
struct Cache {
  std::mutex mutex;
  std::array<Pages, kMaxKeptRanges> kept;  // the oldest first; guarded by mutex, as are the sums
  size_t ranges = 0;
  size_t nbytes = 0;

  /// Takes `count` ranges out, from the one at `first` on.
  void Erase(size_t first, size_t count) {
    for (size_t i = first; i < first + count; i++) nbytes -= kept[i].nbytes;
    ranges -= count;
    for (size_t i = first; i < ranges; i++) kept[i] = kept[i + count];
  }
};

}  // namespace

bool KeepPages(const Pages& pages) {
  Cache& cache = Forever<Cache>();
  if (pages.base == nullptr || pages.nbytes > kLargestKept) return false;
  std::lock_guard<std::mutex> lock(cache.mutex);
  const Pages moved = MovePages(pages);
  if (moved.base == nullptr) return false;
  // The oldest ranges make room, so that a program that now uses another size finds pages of that size.
  size_t dropped = 0;
  for (size_t left = cache.nbytes; left + moved.nbytes > kMaxKept || cache.ranges - dropped == kMaxKeptRanges;
       dropped++) {
    left -= cache.kept[dropped].nbytes;
    UnmapPages(cache.kept[dropped]);
  }
  cache.Erase(0, dropped);
  cache.kept[cache.ranges++] = moved;
  cache.nbytes += moved.nbytes;
  return true;
}

Pages TakeKeptPages(size_t nbytes) {
  Cache& cache = Forever<Cache>();
  std::lock_guard<std::mutex> lock(cache.mutex);
  // The newest range first, because its bytes may still be in the processor's caches.
  for (size_t i = cache.ranges; i-- > 0;) {
    if (cache.kept[i].nbytes != nbytes) continue;
    const Pages found = cache.kept[i];
    cache.Erase(i, 1);
    return found;
  }
  return {};
}

size_t DropKeptPages() {
  Cache& cache = Forever<Cache>();
  std::lock_guard<std::mutex> lock(cache.mutex);
  const size_t nbytes = cache.nbytes;
  for (size_t i = 0; i < cache.ranges; i++) UnmapPages(cache.kept[i]);
  cache.Erase(0, cache.ranges);
  return nbytes;
}

}  // namespace mv
