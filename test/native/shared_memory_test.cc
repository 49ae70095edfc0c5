// Names of POSIX shared memory: created once, sized, and unlinked by the process that created them, unless
// the name leads elsewhere.
#include "../../native/core/shared_memory.h"

#include <unistd.h>

#include <cerrno>
#include <string>

#include "expect.h"

namespace {

std::string NameOf(const char* what) { return "/memoryview-core-" + std::to_string(getpid()) + what; }

void AnObjectIsCreatedOnceAndSized() {
  const std::string name = NameOf("sized");
  EXPECT(mv::OpenShared(name, false, true) == -ENOENT);
  const int fd = mv::OpenShared(name, true, false);
  EXPECT(fd >= 0 && mv::OpenShared(name, true, false) == -EEXIST);
  EXPECT(mv::SizeOfShared(fd) == 0 && mv::ResizeShared(fd, 12345) == 0 && mv::SizeOfShared(fd) == 12345);
  const int other = mv::OpenShared(name, false, true);
  EXPECT(other >= 0 && mv::SizeOfShared(other) == 12345);
  mv::CloseShared(other);
  EXPECT(mv::UnlinkShared(name.c_str()) == 0 && mv::UnlinkShared(name.c_str()) == -ENOENT);
  EXPECT(mv::SizeOfShared(fd) == 12345);
  mv::CloseShared(fd);
  EXPECT(mv::SizeOfShared(fd) == -EBADF);
}

void MoreThanTheSystemHasIsRefused() {
  const std::string name = NameOf("large");
  const int fd = mv::OpenShared(name, true, false);
  EXPECT(mv::ResizeShared(fd, uint64_t{1} << 60) < 0);
  mv::UnlinkShared(name.c_str());
  mv::CloseShared(fd);
}

void OnlyWhatItsMakerCreatedIsUnlinked() {
  const int maker = 0;
  const int another = 0;
  const std::string ours = NameOf("ours");
  const std::string theirs = NameOf("theirs");
  const std::string replaced = NameOf("replaced");
  mv::CreatedNames& names = mv::CreatedNames::Get();
  for (const std::string& name : {ours, theirs, replaced}) {
    const int fd = mv::OpenShared(name, true, false);
    names.Add(name, fd, name == theirs ? &another : &maker);
    mv::CloseShared(fd);
  }
  // Another program has removed the name, and created an object of its own under it.
  mv::UnlinkShared(replaced.c_str());
  const int fresh = mv::OpenShared(replaced, true, false);
  EXPECT(names.UnlinkAllOf(&maker));
  EXPECT(mv::OpenShared(ours, false, true) == -ENOENT);
  const int kept = mv::OpenShared(replaced, false, true);
  EXPECT(kept >= 0);
  names.Remove(theirs);
  EXPECT(!names.UnlinkAllOf(nullptr));
  const int left = mv::OpenShared(theirs, false, true);
  EXPECT(left >= 0);
  for (const int fd : {fresh, kept, left}) mv::CloseShared(fd);
  EXPECT(mv::UnlinkShared(replaced.c_str()) == 0 && mv::UnlinkShared(theirs.c_str()) == 0);
}

void TestSharedMemory(int) {
  AnObjectIsCreatedOnceAndSized();
  MoreThanTheSystemHasIsRefused();
  OnlyWhatItsMakerCreatedIsUnlinked();
}

const Suite suite("shared_memory", TestSharedMemory);

}  // namespace
