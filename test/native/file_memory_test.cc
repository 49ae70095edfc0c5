// Mapped files without Node: lost pages read as zeros, listeners are told, and threads that read, map and
// release while the file shrinks and grows.
#include "../../native/core/file_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "expect.h"

namespace {

using mv::Block;
using mv::FileBlock;
using mv::Kind;

constexpr size_t kSize = 64 * 4096;

int Fresh() {
  char name[] = "/tmp/memoryview-core-XXXXXX";
  const int fd = mkstemp(name);
  EXPECT(fd >= 0);
  unlink(name);
  const std::string full(kSize, 'x');
  EXPECT(pwrite(fd, full.data(), kSize, 0) == static_cast<ssize_t>(kSize));
  return fd;
}

void Release(Block* block) {
  block->FinishRelease(block->BeginRelease());
  block->Unref();
}

void WhatAFileLosesReadsAsZerosAndIsTold() {
  const int fd = Fresh();
  int outcome = 1;
  FileBlock* file = FileBlock::Map(Kind::kFile, fd, 4097, kSize - 4097, false, "file", outcome);
  EXPECT(file != nullptr && outcome == 0);
  std::atomic<int> told{0};
  EXPECT(file->WhenLost([&] { told += 1; }) == 0);
  const auto* bytes = static_cast<volatile char*>(file->base());
  EXPECT(bytes[0] == 'x' && bytes[kSize - 4098] == 'x' && !file->Truncated());
  EXPECT(ftruncate(fd, 8192 + 5) == 0);
  EXPECT(bytes[kSize - 4098] == 0 && bytes[3 * 4096] == 0 && bytes[8192 - 4097] == 'x' &&
         bytes[8192 + 5 - 4097] == 0);
  EXPECT(file->Truncated());
  while (told == 0) std::this_thread::yield();
  EXPECT(ftruncate(fd, 0) == 0);
  EXPECT(bytes[0] == 0 && told == 1);
  Release(file);
  close(fd);
}

void WhatWasLostCannotBeFlushed() {
  const int fd = Fresh();
  int outcome = 0;
  FileBlock* file = FileBlock::Map(Kind::kFile, fd, 0, kSize, true, "", outcome);
  EXPECT(file->Flush() == 0);
  EXPECT(ftruncate(fd, 4096) == 0);
  static_cast<volatile char*>(file->base())[5 * 4096] = 'y';
  EXPECT(file->Flush() == -EIO);
  Release(file);
  close(fd);
}

void WhatCannotBeMappedIsAnErrno() {
  int outcome = 0;
  EXPECT(FileBlock::Map(Kind::kFile, 9999, 0, 10, false, "", outcome) == nullptr && outcome == -EBADF);
  const int fd = Fresh();
  EXPECT(FileBlock::Map(Kind::kFile, fd, UINT64_MAX - 5, 10, false, "", outcome) == nullptr);
  EXPECT(outcome == -EOVERFLOW);
  FileBlock* empty = FileBlock::Map(Kind::kFile, fd, 123, 0, true, "", outcome);
  EXPECT(empty != nullptr && empty->size() == 0 && empty->Flush() == 0 && !empty->Truncated());
  EXPECT(FileBlock::From(empty) == empty && FileBlock::From(nullptr) == nullptr);
  Release(empty);
  close(fd);
}

// Each thread maps the file anew again and again; one more changes its size. Nothing but 'x' and 0 is read.
void ThreadsReadWhileTheFileShrinksAndGrows(int rounds) {
  const int fd = Fresh();
  std::atomic<bool> done{false};
  std::atomic<uint64_t> told{0};
  std::thread changer([&] {
    const std::string full(kSize, 'x');
    for (unsigned n = 1; !done; n = n * 1103515245 + 12345) {
      EXPECT(ftruncate(fd, (n >> 8) % kSize) == 0);
      EXPECT(pwrite(fd, full.data(), kSize, 0) == static_cast<ssize_t>(kSize));
    }
  });
  std::vector<std::thread> readers;
  for (int t = 0; t < 4; ++t) {
    readers.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) {
        int outcome = 0;
        FileBlock* file = FileBlock::Map(Kind::kFile, fd, 0, kSize, false, "", outcome);
        EXPECT(file != nullptr);
        EXPECT(file->WhenLost([&] { told += 1; }) == 0);
        const auto* bytes = static_cast<volatile char*>(file->base());
        for (size_t i = 0; i < kSize; i += 512) {
          const char byte = bytes[i];
          EXPECT(byte == 'x' || byte == 0);
        }
        file->Truncated();
        Release(file);
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  done = true;
  changer.join();
  close(fd);
}

void TestFiles(int rounds) {
  WhatAFileLosesReadsAsZerosAndIsTold();
  WhatWasLostCannotBeFlushed();
  WhatCannotBeMappedIsAnErrno();
  ThreadsReadWhileTheFileShrinksAndGrows(rounds);
}

const Suite suite("file_memory", TestFiles);

}  // namespace
