// Reads and writes of a file straight from and to the items of a layout.
#ifndef MEMORYVIEW_CORE_FILE_TRANSFER_H_
#define MEMORYVIEW_CORE_FILE_TRANSFER_H_

#include <cstdint>

#include "byte_runs.h"

namespace mv {

/// What is moved between a file and a layout.
struct FileTransfer {
  int fd = -1;
  /// Where in the file (bytes); negative for the descriptor's own position, which moves on.
  int64_t position = -1;
  /// Which bytes of the layout, in C order.
  uint64_t first = 0;
  uint64_t nbytes = 0;
  bool write = false;
};

/// Moves bytes until all are moved, or the file has no more. Answers their number, or a negative errno where
/// the system refused before anything was moved: what was moved before a refusal is answered, and the next
/// call meets the refusal again. -EAGAIN after a tenth of a second without news of a descriptor that does not
/// block.
int64_t Transfer(const ByteRuns& runs, const FileTransfer& transfer);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_FILE_TRANSFER_H_
