// The exporters that views of this library carry: include/memoryview.h over a block.
//
// An exporter has its own references (the external in JS, native holders) and holds one reference of its
// block: the control block and the address range, not the memory. Each acquired view pins the block under its
// consumer's name, so the memory stays until the view is released, even if JS and the thread that the
// view came from have ended. Everything here may be called on any thread and knows no environment.
#ifndef MEMORYVIEW_CAPI_EXPORTER_H_
#define MEMORYVIEW_CAPI_EXPORTER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "../core/block.h"
#include "memoryview.h"

namespace mv {

/// How the elements of an exported view lie in its block.
struct Description {
  uint64_t offset = 0;  ///< of element [0, …, 0], in bytes of the block
  int64_t itemsize = 1;
  std::string format = "B";
  std::vector<int64_t> shape{};
  std::vector<int64_t> strides{};  ///< bytes
  bool readonly = false;
};

/// Makes an exporter with one reference, the caller's; null where the layout does not lie inside of the
/// block.
const mv_exporter* MakeExporter(Block& block, Description description);

}  // namespace mv

#endif  // MEMORYVIEW_CAPI_EXPORTER_H_
