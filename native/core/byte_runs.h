// The bytes of a layout in C order of its items, as contiguous runs. Files and streams of bytes scatter
// to them and gather from them.
//
// It owns nothing: a few integers and a pointer, made for one call on one thread.
#ifndef MEMORYVIEW_CORE_BYTE_RUNS_H_
#define MEMORYVIEW_CORE_BYTE_RUNS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/pair_walk.h"

namespace mv {

/// Contiguous bytes, laid out as POSIX has its iovec.
struct ByteVector {
  void* base;
  size_t nbytes;
};

class ByteRuns {
 public:
  /// The layout `to` of a walk. Dimensions that continue each other are joined; their order stays.
  explicit ByteRuns(const PairWalk& walk);

  /// Bytes in all.
  uint64_t nbytes() const { return runs_ * run_; }
  /// Bytes of a run.
  uint64_t run() const { return run_; }

  /// Describes bytes from the `first` on, `nbytes` at most and within, by at most `most` vectors; their
  /// number.
  size_t Describe(uint64_t first, uint64_t nbytes, ByteVector* out, size_t most) const;
  /// Copies bytes from the `first` on, all of them within, from `source`; past the caches if `streamed`.
  void Scatter(uint64_t first, uint64_t nbytes, const char* source, bool streamed = false) const;
  /// Copies them to `target`.
  void Gather(uint64_t first, uint64_t nbytes, char* target) const;

 private:
  struct Dimension {
    uint64_t length;
    ptrdiff_t stride;
  };

  template <typename Use>
  void Each(uint64_t first, uint64_t nbytes, Use use) const;

  char* base_;
  size_t ndim_ = 0;
  std::array<Dimension, kMaxDimensions + 1> dims_;
  uint64_t run_;
  uint64_t runs_ = 1;
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_BYTE_RUNS_H_
