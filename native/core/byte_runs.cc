// Walks the runs of a layout; byte_runs.h says what they are.
#include "byte_runs.h"

#include <algorithm>
#include <cstring>

#include "kernels/copy_streamed.h"

namespace mv {

ByteRuns::ByteRuns(const PairWalk& walk) : base_(walk.to), run_(walk.itemsize) {
  for (size_t d = 0; d < walk.ndim; d++) {
    const Dimension next{walk.axes[d].length, walk.axes[d].to};
    runs_ *= next.length;
    if (next.length == 1) continue;
    Dimension* last = ndim_ == 0 ? nullptr : &dims_[ndim_ - 1];
    if (last != nullptr && last->stride == next.stride * static_cast<ptrdiff_t>(next.length)) {
      *last = {last->length * next.length, next.stride};
    } else {
      dims_[ndim_++] = next;
    }
  }
  if (ndim_ > 0 && dims_[ndim_ - 1].stride == static_cast<ptrdiff_t>(run_)) {
    run_ *= dims_[ndim_ - 1].length;
    runs_ /= dims_[ndim_ - 1].length;
    ndim_--;
  }
}

/// Calls `use` with each contiguous part of the range, in order, until it returns false.
///
/// SAFETY: each part lies in live memory, as the caller of Scatter and Gather ensures.
template <typename Use>
void ByteRuns::Each(uint64_t first, uint64_t nbytes, Use use) const {
  std::array<uint64_t, kMaxDimensions + 1> index;
  uint64_t run = first / run_;
  uint64_t into = first % run_;
  char* at = base_;
  for (size_t d = ndim_; d-- > 0;) {
    index[d] = run % dims_[d].length;
    run /= dims_[d].length;
    at += static_cast<ptrdiff_t>(index[d]) * dims_[d].stride;
  }
  while (nbytes > 0) {
    const uint64_t part = std::min(nbytes, run_ - into);
    if (!use(at + into, part)) return;
    nbytes -= part;
    into = 0;
    for (size_t d = ndim_; d-- > 0;) {
      at += dims_[d].stride;
      if (++index[d] < dims_[d].length) break;
      at -= static_cast<ptrdiff_t>(dims_[d].length) * dims_[d].stride;
      index[d] = 0;
    }
  }
}

size_t ByteRuns::Describe(uint64_t first, uint64_t nbytes, ByteVector* out, size_t most) const {
  size_t count = 0;
  Each(first, nbytes, [&](char* at, uint64_t part) {
    out[count++] = {at, part};
    return count < most;
  });
  return count;
}

void ByteRuns::Scatter(uint64_t first, uint64_t nbytes, const char* source, bool streamed) const {
  if (streamed) {
    Each(first, nbytes, [&](char* at, uint64_t part) {
      StreamPart(at, source, part);
      source += part;
      return true;
    });
    EndStream();
    return;
  }
  Each(first, nbytes, [&](char* at, uint64_t part) {
    std::memcpy(at, source, part);
    source += part;
    return true;
  });
}

void ByteRuns::Gather(uint64_t first, uint64_t nbytes, char* target) const {
  Each(first, nbytes, [&](char* at, uint64_t part) {
    std::memcpy(target, at, part);
    target += part;
    return true;
  });
}

}  // namespace mv
