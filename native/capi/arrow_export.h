// Arrow arrays of ours: a schema and an array that own acquired views, made from the leaves up.
//
// Each struct owns one block of C memory with all that it points to but its buffers, which are pinned views.
// Children are structs of their own, since a consumer may move them out and release the parent first.
// Nothing here knows an environment; a release may come on any thread.
#ifndef MEMORYVIEW_CAPI_ARROW_EXPORT_H_
#define MEMORYVIEW_CAPI_ARROW_EXPORT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "arrow_abi.h"
#include "memoryview.h"

namespace mv {

/// A schema and an array at fixed addresses, until nothing needs the structs any more.
struct ArrowPair {
  ArrowSchema schema{};
  ArrowArray array{};

  ArrowPair() = default;
  ArrowPair(const ArrowPair&) = delete;
  ArrowPair& operator=(const ArrowPair&) = delete;
  /// Releases what no consumer moved out.
  ~ArrowPair() { Release(); }
  void Release();
};

/// Structs that are to become a part of others; moved where that succeeds, else left alone.
struct ArrowChild {
  ArrowSchema* schema;
  ArrowArray* array;
};

/// What one array is made of.
struct ArrowNode {
  std::string_view format;
  std::string_view name;
  std::string_view metadata;  ///< as the struct has it; empty for none
  int64_t flags = 0;
  int64_t length = 0;
  int64_t null_count = 0;
  int64_t offset = 0;
  const mv_exporter* const* buffers = nullptr;  ///< null: a buffer that is not there
  size_t n_buffers = 0;
  const ArrowChild* children = nullptr;
  size_t n_children = 0;
  const ArrowChild* dictionary = nullptr;
};

/// Fills the pair; acquires a view of each buffer under the name "arrow". On failure the pair is empty and
/// the children are where they were.
int32_t BuildArray(const ArrowNode& node, ArrowPair& out, mv_error* error);

/// Gives a schema another name; false, and nothing changed, where there is no memory.
bool RenameSchema(ArrowSchema& schema, std::string_view name);

/// A copy of a schema; false where there is no memory.
bool CopySchema(const ArrowSchema& from, ArrowSchema& out);

/// Whether arrays of the second schema may follow those of the first in a stream.
bool SameSchema(const ArrowSchema& first, const ArrowSchema& second);

}  // namespace mv

#endif  // MEMORYVIEW_CAPI_ARROW_EXPORT_H_
