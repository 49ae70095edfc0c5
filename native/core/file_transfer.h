// Reads and writes of a file straight from and to the items of a layout.
#ifndef MEMORYVIEW_CORE_FILE_TRANSFER_H_
#define MEMORYVIEW_CORE_FILE_TRANSFER_H_

#include <cstdint>

#include "byte_runs.h"

namespace mv {

/// One transfer between a file and a layout.
struct FileTransfer {
  int fd = -1;
  /// Where in the file (bytes); negative for the descriptor's own position, which moves on.
  int64_t position = -1;
  /// Which bytes of the layout, in C order.
  uint64_t first = 0;
  uint64_t nbytes = 0;
  bool write = false;
};

/// Moves bytes until all are moved, or the file ends. Returns the number of bytes moved, or a negative errno
/// if the system refused before the first. After a later refusal it returns the bytes moved so far, and the
/// next call gets the refusal again. -EAGAIN if a non-blocking descriptor is not ready for a tenth of a
/// second.
int64_t Transfer(const ByteRuns& runs, const FileTransfer& transfer);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_FILE_TRANSFER_H_
