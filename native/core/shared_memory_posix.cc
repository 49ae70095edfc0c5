// Shared memory by shm_open, and the names that the exit unlinks.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "forever.h"
#include "shared_memory.h"

namespace mv {

int OpenShared(const std::string& name, bool create, bool readonly) {
  const int access = readonly ? O_RDONLY : O_RDWR;
  const int fd = shm_open(name.c_str(), create ? O_RDWR | O_CREAT | O_EXCL : access, 0600);
  if (fd < 0) return -errno;
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
}

void CloseShared(int fd) { close(fd); }

int ResizeShared(int fd, uint64_t nbytes) {
  struct statvfs system;
  // A system without a limit reports 0 blocks.
  if (fstatvfs(fd, &system) == 0 && system.f_blocks != 0 &&
      nbytes / system.f_frsize > static_cast<uint64_t>(system.f_bavail)) {
    return -ENOSPC;
  }
  return ftruncate(fd, static_cast<off_t>(nbytes)) == 0 ? 0 : -errno;
}

int64_t SizeOfShared(int fd) {
  struct stat object;
  if (fstat(fd, &object) != 0) return -errno;
  // Some systems give shared memory no type at all.
  const auto type = object.st_mode & S_IFMT;
  return type == S_IFREG || type == 0 ? static_cast<int64_t>(object.st_size) : -ENODEV;
}

int NumberForChildren(int fd) { return fd; }

int UnlinkShared(const char* name) { return shm_unlink(name) == 0 ? 0 : -errno; }

CreatedNames& CreatedNames::Get() { return Forever<CreatedNames>(); }

void CreatedNames::Add(const std::string& name, int fd, const void* maker) {
  struct stat object;
  if (fstat(fd, &object) != 0) return;
  std::lock_guard<std::mutex> lock(mutex_);
  created_.push_back(
      {name, static_cast<uint64_t>(object.st_dev), static_cast<uint64_t>(object.st_ino), maker});
}

void CreatedNames::Remove(std::string_view name) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::erase_if(created_, [&](const Created& created) { return created.name == name; });
}

bool CreatedNames::UnlinkAllOf(const void* maker) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto unlinked = [maker](const Created& created) {
    if (maker != nullptr && created.maker != maker) return false;
    // Another program may have unlinked the name since, and given it to an object of its own.
    const int fd = OpenShared(created.name, false, true);
    if (fd < 0) return true;
    struct stat object;
    const bool same = fstat(fd, &object) == 0 && static_cast<uint64_t>(object.st_dev) == created.device &&
                      static_cast<uint64_t>(object.st_ino) == created.inode;
    close(fd);
    if (same) UnlinkShared(created.name.c_str());
    return true;
  };
  // No second list, because this runs at the exit, where an allocation must not fail.
  std::erase_if(created_, unlinked);
  return !created_.empty();
}

}  // namespace mv
