// Memory that an exporter of another addon lent, as a block of this library.
//
// The block owns the acquired view, which keeps the exporter and pins its memory. The view is released when
// the block ends (an explicit release, after the ArrayBuffer is detached; the garbage collection of the
// ArrayBuffer; the end of the environment), on the thread where that happens, once. The memory is never
// overlaid: it is not ours. While a block lives, its environment finds it again by exporter and region.
#ifndef MEMORYVIEW_CAPI_ADOPTED_BLOCK_H_
#define MEMORYVIEW_CAPI_ADOPTED_BLOCK_H_

#include <cstdint>

#include "../core/block.h"
#include "memoryview.h"

namespace mv {

/// What makes two acquired views share a block: one environment, one exporter, one region.
struct RegionKey {
  const void* environment = nullptr;
  const void* exporter = nullptr;
  const void* base = nullptr;
  uint64_t size = 0;
  bool readonly = false;

  bool operator==(const RegionKey&) const = default;
};

/// The id of the block that was adopted under the key and has not ended, or 0.
uint64_t FindAdopted(const RegionKey& key);

/// Whether any thread has a block over memory of that exporter.
bool IsAdopted(const void* exporter);

/// Bytes of all elements that JavaScript can count, of which those with a stride of 0 need no memory.
inline constexpr uint64_t kMaxBytes = (uint64_t{1} << 53) - 1;

/// Makes a block over the view's region and takes the view over: it is empty afterwards. The view has passed
/// mv_check_view. The caller gets one owner and one reference.
Block* AdoptView(const RegionKey& key, mv_view& view);

}  // namespace mv

#endif  // MEMORYVIEW_CAPI_ADOPTED_BLOCK_H_
