// Reads and writes of files on POSIX: by vectors of runs, or through a buffer where runs are short.
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <new>

#include "file_transfer.h"
#include "kernels/stream_limits.h"

namespace mv {
namespace {

// IOV_MAX of Linux and macOS.
constexpr size_t kMaxVectors = 1024;
// Shorter runs are copied through a buffer: a vector costs the kernel more than the copy. Where the copy goes
// past the caches, as the kernel's own does not, that is worth it for longer runs: of 256 to 1024 bytes it
// takes 0.5 to 0.7 of the time of vectors, of 4096 as long.
constexpr uint64_t kDirectRun = 512;
constexpr uint64_t kStreamedRun = 4096;
// Of less than some lines the ends, which are not streamed, are most.
constexpr uint64_t kShortestStreamed = 128;
constexpr uint64_t kAside = 256 * 1024;
constexpr int kPatience = 100;  // ms
// Linux moves at most this many bytes per call.
constexpr uint64_t kMaxAtOnce = 0x7ffff000;

static_assert(sizeof(ByteVector) == sizeof(iovec) &&
              offsetof(iovec, iov_base) == offsetof(ByteVector, base) &&
              offsetof(iovec, iov_len) == offsetof(ByteVector, nbytes));

/// One system call, repeated if a signal interrupts it; -EAGAIN after a wait.
ssize_t Move(const FileTransfer& transfer, int64_t position, const ByteVector* parts, size_t count) {
  const auto* vectors = reinterpret_cast<const iovec*>(parts);
  for (;;) {
    const int n = static_cast<int>(count);
    ssize_t moved = 0;
    if (transfer.write) {
      moved = position < 0 ? writev(transfer.fd, vectors, n) : pwritev(transfer.fd, vectors, n, position);
    } else {
      moved = position < 0 ? readv(transfer.fd, vectors, n) : preadv(transfer.fd, vectors, n, position);
    }
    if (moved >= 0) return moved;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return -errno;
    pollfd waiting{transfer.fd, static_cast<short>(transfer.write ? POLLOUT : POLLIN), 0};
    if (poll(&waiting, 1, kPatience) <= 0) return -EAGAIN;
  }
}

ssize_t MoveDirectly(const ByteRuns& runs, const FileTransfer& transfer, int64_t position, uint64_t first,
                     uint64_t nbytes) {
  std::array<ByteVector, kMaxVectors> vectors;
  const size_t count = runs.Describe(first, std::min(nbytes, kMaxAtOnce), vectors.data(), kMaxVectors);
  return Move(transfer, position, vectors.data(), count);
}

ssize_t MoveAside(const ByteRuns& runs, const FileTransfer& transfer, int64_t position, uint64_t first,
                  uint64_t nbytes, char* aside, bool streamed) {
  const uint64_t part = std::min(nbytes, kAside);
  if (transfer.write) runs.Gather(first, part, aside);
  const ByteVector vector{aside, part};
  const ssize_t moved = Move(transfer, position, &vector, 1);
  if (!transfer.write && moved > 0) runs.Scatter(first, static_cast<uint64_t>(moved), aside, streamed);
  return moved;
}

}  // namespace

int64_t Transfer(const ByteRuns& runs, const FileTransfer& transfer) {
  const bool streamed =
      !transfer.write && runs.run() >= kShortestStreamed && runs.nbytes() >= LimitsOfStreams().runs;
  const bool directly = runs.run() >= (streamed ? kStreamedRun : kDirectRun);
  const std::unique_ptr<char[]> aside(directly ? nullptr : new (std::nothrow) char[kAside]);
  if (!directly && aside == nullptr) return -ENOMEM;
  uint64_t done = 0;
  while (done < transfer.nbytes) {
    const int64_t position = transfer.position < 0 ? -1 : transfer.position + static_cast<int64_t>(done);
    const uint64_t first = transfer.first + done;
    const uint64_t left = transfer.nbytes - done;
    const ssize_t moved = directly ? MoveDirectly(runs, transfer, position, first, left)
                                   : MoveAside(runs, transfer, position, first, left, aside.get(), streamed);
    if (moved < 0) return done > 0 ? static_cast<int64_t>(done) : moved;
    if (moved == 0) break;
    done += static_cast<uint64_t>(moved);
  }
  return static_cast<int64_t>(done);
}

}  // namespace mv
