#include "page_cache.h"

#include <mutex>
#include <vector>

#include "system.h"

namespace mv {
namespace {

struct Cache {
  std::mutex mutex;
  std::vector<Pages> kept;  // guarded by mutex, as is the sum
  size_t nbytes = 0;
};

/// Never torn down: a finalizer may come after static destructors.
Cache& TheCache() {
  static auto* cache = new Cache();
  return *cache;
}

}  // namespace

bool KeepPages(const Pages& pages) {
  Cache& cache = TheCache();
  // One range takes half of the room at most, so that two of a size can take turns.
  if (pages.base == nullptr || pages.nbytes > kMostKept / 2) return false;
  std::lock_guard<std::mutex> lock(cache.mutex);
  const Pages moved = MovePages(pages);
  if (moved.base == nullptr) return false;
  // The oldest make room: a program that has gone on to another size finds pages of that one.
  size_t dropped = 0;
  while (cache.nbytes + moved.nbytes > kMostKept) {
    cache.nbytes -= cache.kept[dropped].nbytes;
    UnmapPages(cache.kept[dropped++]);
  }
  cache.kept.erase(cache.kept.begin(), cache.kept.begin() + static_cast<ptrdiff_t>(dropped));
  cache.kept.push_back(moved);
  cache.nbytes += moved.nbytes;
  return true;
}

Pages TakeKeptPages(size_t nbytes) {
  Cache& cache = TheCache();
  std::lock_guard<std::mutex> lock(cache.mutex);
  // The last one first: its bytes may still be in the processor's caches.
  for (size_t i = cache.kept.size(); i-- > 0;) {
    if (cache.kept[i].nbytes != nbytes) continue;
    const Pages found = cache.kept[i];
    cache.kept.erase(cache.kept.begin() + static_cast<ptrdiff_t>(i));
    cache.nbytes -= found.nbytes;
    return found;
  }
  return {};
}

size_t DropKeptPages() {
  Cache& cache = TheCache();
  std::lock_guard<std::mutex> lock(cache.mutex);
  const size_t nbytes = cache.nbytes;
  for (const Pages& pages : cache.kept) UnmapPages(pages);
  cache.kept.clear();
  cache.nbytes = 0;
  return nbytes;
}

}  // namespace mv
