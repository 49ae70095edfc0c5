// Files and pipes read into items and written from them: at a position or at the descriptor's own, to the end
// of the file and no further.
#include "../../native/core/file_transfer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "expect.h"

namespace {

using mv::ByteRuns;
using mv::FileTransfer;
using mv::PairWalk;

// Every second byte of `bytes`.
ByteRuns SecondBytesOf(std::string& bytes) {
  PairWalk walk;
  walk.ndim = 1;
  walk.itemsize = 1;
  walk.axes[0] = {bytes.size() / 2, 2, 2};
  walk.to = bytes.data();
  walk.from = bytes.data();
  return ByteRuns(walk);
}

int FileOf(const std::string& content) {
  char name[] = "/tmp/memoryview-core-XXXXXX";
  const int fd = mkstemp(name);
  EXPECT(fd >= 0);
  unlink(name);
  EXPECT(pwrite(fd, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()));
  return fd;
}

FileTransfer Read(int fd, int64_t position, uint64_t first, uint64_t nbytes) {
  return {.fd = fd, .position = position, .first = first, .nbytes = nbytes, .write = false};
}

FileTransfer Write(int fd, int64_t position, uint64_t first, uint64_t nbytes) {
  return {.fd = fd, .position = position, .first = first, .nbytes = nbytes, .write = true};
}

void ItemsAreReadAndWrittenInTheirOrder() {
  const int fd = FileOf("0123456789");
  std::string bytes(10, '-');
  EXPECT(Transfer(SecondBytesOf(bytes), Read(fd, 3, 1, 3)) == 3 && bytes == "--3-4-5---");
  EXPECT(Transfer(SecondBytesOf(bytes), Write(fd, 8, 0, 4)) == 4);
  char all[12];
  EXPECT(pread(fd, all, sizeof all, 0) == 12 && std::string(all, 12) == "01234567-345");
  close(fd);
}

void AReadEndsWithTheFile() {
  const int fd = FileOf("abc");
  std::string bytes(20, '-');
  EXPECT(Transfer(SecondBytesOf(bytes), Read(fd, 1, 0, 10)) == 2 && bytes.starts_with("b-c--"));
  EXPECT(Transfer(SecondBytesOf(bytes), Read(fd, 3, 0, 10)) == 0);
  close(fd);
}

void TheDescriptorsOwnPositionMovesOn() {
  const int fd = FileOf("abcdef");
  std::string bytes(4, '-');
  EXPECT(lseek(fd, 0, SEEK_SET) == 0);
  EXPECT(Transfer(SecondBytesOf(bytes), Read(fd, -1, 0, 2)) == 2 && bytes == "a-b-");
  EXPECT(Transfer(SecondBytesOf(bytes), Read(fd, -1, 0, 2)) == 2 && bytes == "c-d-");
  EXPECT(lseek(fd, 0, SEEK_CUR) == 4);
  close(fd);
}

// More runs than one system call takes, through a pipe that holds less than all of them.
void APipeTakesAllBytesPieceByPiece() {
  int ends[2];
  EXPECT(pipe(ends) == 0);
  std::string source(400000, '-');
  for (size_t i = 0; i < source.size(); i += 2) source[i] = static_cast<char>('a' + i / 2 % 26);
  std::string target(source.size(), '-');
  std::thread writer([&] {
    EXPECT(Transfer(SecondBytesOf(source), Write(ends[1], -1, 0, source.size() / 2)) ==
           static_cast<int64_t>(source.size() / 2));
    close(ends[1]);
  });
  EXPECT(Transfer(SecondBytesOf(target), Read(ends[0], -1, 0, target.size() / 2)) ==
         static_cast<int64_t>(target.size() / 2));
  writer.join();
  EXPECT(target == source);
  close(ends[0]);
}

void WhatIsRefusedIsAnErrno() {
  std::string bytes(4, '-');
  EXPECT(Transfer(SecondBytesOf(bytes), Read(-1, 0, 0, 2)) == -EBADF);
  const int fd = open("/dev/null", O_RDONLY);
  EXPECT(Transfer(SecondBytesOf(bytes), Write(fd, 0, 0, 2)) == -EBADF);
  close(fd);
  int ends[2];
  EXPECT(pipe(ends) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  EXPECT(Transfer(SecondBytesOf(bytes), Read(ends[0], -1, 0, 2)) == -EAGAIN && bytes == "----");
  close(ends[0]);
  close(ends[1]);
}

void TestFileTransfers(int) {
  ItemsAreReadAndWrittenInTheirOrder();
  AReadEndsWithTheFile();
  TheDescriptorsOwnPositionMovesOn();
  APipeTakesAllBytesPieceByPiece();
  WhatIsRefusedIsAnErrno();
}

const Suite suite("file_transfer", TestFileTransfers);

}  // namespace
