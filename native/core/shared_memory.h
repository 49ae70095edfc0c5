// Names of POSIX shared memory, and the objects behind them.
//
// A descriptor that is answered here belongs to the caller. The process remembers which names it created, so
// that an exit hook can unlink them; a name is unlinked only while it still leads to the object that was
// created. The list is never torn down, and all functions may be called on any thread.
#ifndef MEMORYVIEW_CORE_SHARED_MEMORY_H_
#define MEMORYVIEW_CORE_SHARED_MEMORY_H_

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mv {

/// Opens the object of that name ("/" and at most 254 further bytes), or creates it, for its user only. The
/// descriptor, or a negative errno.
int OpenShared(const std::string& name, bool create, bool readonly);

/// Gives a new object its size. -ENOSPC where there is no room for that much, which a later write would find
/// out at the price of its data.
int ResizeShared(int fd, uint64_t nbytes);

/// The size of the object behind a descriptor (bytes), or a negative errno: -ENODEV for what can't be memory.
int64_t SizeOfShared(int fd);

/// Removes the name; the object lives on while a process has it mapped. 0 or a negative errno.
int UnlinkShared(const char* name);

/// The names that this process is to unlink when it exits.
class CreatedNames {
 public:
  static CreatedNames& Get();

  /// Remembers the object behind `fd` under its name, as created by `maker`.
  void Add(const std::string& name, int fd, const void* maker);
  void Remove(std::string_view name);
  /// Unlinks what `maker` created, all there is where it is null; whether anything is left.
  bool UnlinkAllOf(const void* maker);

 private:
  struct Created {
    std::string name;
    uint64_t device;
    uint64_t inode;
    const void* maker;
  };

  std::mutex mutex_;
  std::vector<Created> created_;  // guarded by mutex_
};

}  // namespace mv

#endif  // MEMORYVIEW_CORE_SHARED_MEMORY_H_
