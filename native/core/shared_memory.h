// Names of POSIX shared memory, and the objects behind them.
//
// The caller owns each descriptor that a function here returns. The process records the names that it
// created, so that an exit hook can unlink them. It unlinks a name only while the name still leads to
// the object that was created. The list is never destroyed, and all functions may be called on any
// thread.
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

/// Closes a descriptor that OpenShared or OpenSealed answered.
void CloseShared(int fd);

/// The number by which a child process that inherits the object behind a descriptor opens it: the descriptor
/// itself, or, where there are none, that of a handle. A negative errno where the system refuses.
int NumberForChildren(int fd);

/// Gives a new object its size. -ENOSPC if there is no room for it; without this check a later write would
/// lose its data.
int ResizeShared(int fd, uint64_t nbytes);

/// The size of the object behind a descriptor (bytes), or a negative errno: -ENODEV for other files.
int64_t SizeOfShared(int fd);

/// Removes the name; the object lives on while a process has it mapped. 0 or a negative errno.
int UnlinkShared(const char* name);

/// The names that this process must unlink when it exits.
class CreatedNames {
 public:
  static CreatedNames& Get();

  /// Remembers the object behind `fd` under its name, as created by `maker`.
  void Add(const std::string& name, int fd, const void* maker);
  void Remove(std::string_view name);
  /// Unlinks the names that `maker` created, or all names if it is null; returns whether any is left.
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
