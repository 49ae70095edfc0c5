// What Linux does in its own way: madvise, mremap, memfd, its coarse clock.
//
// Nothing here owns memory or has state. All functions run on any thread; system.h states what each promises.
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "system.h"

namespace mv {

void EmptyPages(const Pages& pages) {
  // Above it, pages kept only for their addresses would count too much against the commit limit.
  constexpr size_t kOverlaidFrom = 1024 * 1024;
  if (pages.nbytes < kOverlaidFrom && madvise(pages.base, pages.nbytes, MADV_DONTNEED) == 0) return;
  OverlayPages(pages);
}

void DropPages(void* base, size_t nbytes) {
  const Pages whole = WholePagesIn(base, nbytes);
  if (whole.nbytes != 0) madvise(whole.base, whole.nbytes, MADV_DONTNEED);
}

Pages MovePages(const Pages& pages) {
  // Linux 5.7's flag, which the C library's headers may not know.
  constexpr int kDontUnmap = 4;
  // A direct system call, because the C library drops the address hint for a flag that it does not know.
  const long moved =
      syscall(SYS_mremap, pages.base, pages.nbytes, pages.nbytes, MREMAP_MAYMOVE | kDontUnmap, 0L);
  if (moved == -1) return {};
  // The pages that stay are empty, and should not count against the commit limit.
  EmptyPages(pages);
  return {reinterpret_cast<void*>(moved), pages.nbytes};
}

void LeaveOutOfDumps(const Pages& pages) { madvise(pages.base, pages.nbytes, MADV_DONTDUMP); }

int ReasonOfLoss(int fd, uint64_t offset) {
  // The reason is found by reserving room for the page again.
  const auto page = static_cast<off_t>(PageSize());
  if (fallocate(fd, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), page) != 0 && errno != EOPNOTSUPP &&
      errno != ENOSYS) {
    return -errno;
  }
  return -EIO;
}

void TrimLibraryHeap() {
#ifdef __GLIBC__  // musl keeps next to nothing, and has no word for it
  malloc_trim(0);
#endif
}

int HugePageAdvice() { return MADV_HUGEPAGE; }

int OpenSealed(const std::string& label, uint64_t nbytes) {
  const int fd = memfd_create(label.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return -errno;
  if (ftruncate(fd, static_cast<off_t>(nbytes)) != 0 ||
      fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    const int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}

// Not std::random_device, which needs a newer C library than the rest of the addon.
bool FillRandom(void* bytes, size_t nbytes) { return getentropy(bytes, nbytes) == 0; }

int Refusal(int error) { return -error; }

std::chrono::steady_clock::time_point RoughlyNow() {
  timespec now{};
  // The clock of std::chrono::steady_clock, as the latest tick left it.
  if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now) != 0) return std::chrono::steady_clock::now();
  return std::chrono::steady_clock::time_point(std::chrono::seconds(now.tv_sec) +
                                               std::chrono::nanoseconds(now.tv_nsec));
}

size_t SecondCacheBytes() {
#ifdef _SC_LEVEL2_CACHE_SIZE
  const long nbytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  return nbytes > 0 ? static_cast<size_t>(nbytes) : 0;
#else
  return 0;  // musl
#endif
}

bool OnThreadStack(const void* address) {
  pthread_attr_t attributes;
  void* base = nullptr;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return true;
  pthread_attr_getstack(&attributes, &base, &size);
  pthread_attr_destroy(&attributes);
  const auto at = reinterpret_cast<uintptr_t>(address);
  const auto low = reinterpret_cast<uintptr_t>(base);
  return at >= low && at - low < size;
}

}  // namespace mv
