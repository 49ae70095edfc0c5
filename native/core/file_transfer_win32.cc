// Reads and writes of files on Windows: one call for each contiguous run, or through a buffer where runs are
// short. A call at a position moves the handle's own position, which is put back, as libuv does.
#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <new>

#include "file_transfer.h"
#include "system.h"
#include "win32.h"

namespace mv {
namespace {

// Shorter runs are copied through a buffer: a call costs more than the copy.
constexpr uint64_t kDirectRun = 64 * 1024;
constexpr uint64_t kAside = 256 * 1024;
constexpr uint64_t kMaxAtOnce = 1 << 30;
constexpr size_t kMaxVectors = 64;

/// The bytes moved, fewer at the end of the file, or a refusal.
int64_t Move(HANDLE file, const FileTransfer& transfer, int64_t position, void* bytes, uint64_t nbytes) {
  const auto wanted = static_cast<DWORD>(std::min(nbytes, kMaxAtOnce));
  OVERLAPPED at{};
  at.Offset = static_cast<DWORD>(position);
  at.OffsetHigh = static_cast<DWORD>(static_cast<uint64_t>(position) >> 32);
  OVERLAPPED* where = position < 0 ? nullptr : &at;
  LARGE_INTEGER before{};
  const bool restore = where != nullptr && SetFilePointerEx(file, {}, &before, FILE_CURRENT);
  DWORD moved = 0;
  const BOOL done = transfer.write ? WriteFile(file, bytes, wanted, &moved, where)
                                   : ReadFile(file, bytes, wanted, &moved, where);
  const DWORD error = done ? ERROR_SUCCESS : GetLastError();
  if (restore) SetFilePointerEx(file, before, nullptr, FILE_BEGIN);
  if (done) return moved;
  const bool ended = !transfer.write && (error == ERROR_HANDLE_EOF || error == ERROR_BROKEN_PIPE);
  return ended ? 0 : WindowsRefusal(error);
}

int64_t MoveDirectly(HANDLE file, const ByteRuns& runs, const FileTransfer& transfer, int64_t position,
                     uint64_t first, uint64_t nbytes) {
  std::array<ByteVector, kMaxVectors> vectors;
  const size_t count = runs.Describe(first, nbytes, vectors.data(), vectors.size());
  int64_t done = 0;
  for (size_t i = 0; i < count; i++) {
    const int64_t moved =
        Move(file, transfer, position < 0 ? -1 : position + done, vectors[i].base, vectors[i].nbytes);
    if (moved < 0) return done > 0 ? done : moved;
    done += moved;
    if (static_cast<uint64_t>(moved) < vectors[i].nbytes) break;
  }
  return done;
}

int64_t MoveAside(HANDLE file, const ByteRuns& runs, const FileTransfer& transfer, int64_t position,
                  uint64_t first, uint64_t nbytes, char* aside) {
  const uint64_t part = std::min(nbytes, kAside);
  if (transfer.write) runs.Gather(first, part, aside);
  const int64_t moved = Move(file, transfer, position, aside, part);
  if (!transfer.write && moved > 0) runs.Scatter(first, static_cast<uint64_t>(moved), aside);
  return moved;
}

}  // namespace

int64_t Transfer(const ByteRuns& runs, const FileTransfer& transfer) {
  HANDLE file = FileOf(transfer.fd);
  if (file == INVALID_HANDLE_VALUE) return Refusal(EBADF);
  const bool directly = runs.run() >= kDirectRun;
  const std::unique_ptr<char[]> aside(directly ? nullptr : new (std::nothrow) char[kAside]);
  if (!directly && aside == nullptr) return Refusal(ENOMEM);
  uint64_t done = 0;
  while (done < transfer.nbytes) {
    const int64_t position = transfer.position < 0 ? -1 : transfer.position + static_cast<int64_t>(done);
    const uint64_t first = transfer.first + done;
    const uint64_t left = transfer.nbytes - done;
    const int64_t moved = directly ? MoveDirectly(file, runs, transfer, position, first, left)
                                   : MoveAside(file, runs, transfer, position, first, left, aside.get());
    if (moved < 0) return done > 0 ? static_cast<int64_t>(done) : moved;
    if (moved == 0) break;
    done += static_cast<uint64_t>(moved);
  }
  return static_cast<int64_t>(done);
}

}  // namespace mv
