// What macOS does in its own way; system.h states what each function promises.
#include <fcntl.h>
#include <malloc/malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "system.h"

namespace mv {

// Mach's vm_remap could; without it released pages are simply not kept for the next allocation.
void EmptyPages(const Pages& pages) { OverlayPages(pages); }

void DropPages(void* base, size_t nbytes) {
  const Pages whole = WholePagesIn(base, nbytes);
  if (whole.nbytes != 0) madvise(whole.base, whole.nbytes, MADV_FREE);
}

Pages MovePages(const Pages&) { return {}; }

// Core dumps are off there by default, and no advice keeps pages out of one.
void LeaveOutOfDumps(const Pages&) {}

int ReasonOfLoss(int, uint64_t) { return -EIO; }

void TrimLibraryHeap() { malloc_zone_pressure_relief(nullptr, 0); }

int HugePageAdvice() { return -1; }

int OpenSealed(const std::string&, uint64_t nbytes) {
  // There is no memfd, but ftruncate works once only for shared memory here, and what has no name any more
  // can't be opened by others. Names have at most 31 bytes.
  std::string name = "/memoryview-";
  for (int digit = 0; digit < 16; ++digit) name.push_back("0123456789abcdef"[arc4random() & 15]);
  const int fd = shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
  if (fd < 0) return -errno;
  shm_unlink(name.c_str());
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || ftruncate(fd, static_cast<off_t>(nbytes)) != 0) {
    const int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}

// Not std::random_device, which needs a newer C library than the rest of the addon.
bool FillRandom(void* bytes, size_t nbytes) { return getentropy(bytes, nbytes) == 0; }

int Refusal(int error) { return -error; }

std::chrono::steady_clock::time_point RoughlyNow() { return std::chrono::steady_clock::now(); }

size_t SecondCacheBytes() { return 0; }

bool OnThreadStack(const void* address) {
  // The top of the stack, which grows downwards.
  const auto high = reinterpret_cast<uintptr_t>(pthread_get_stackaddr_np(pthread_self()));
  const auto at = reinterpret_cast<uintptr_t>(address);
  return at < high && high - at <= pthread_get_stacksize_np(pthread_self());
}

}  // namespace mv
