// What a mapping of a file is on every system. file_memory_posix.cc and file_memory_win32.cc ask the system;
// file_memory.h states ownership and threads.
//
// Map takes a descriptor of the block's own, maps whole pages around the wanted bytes, enters them in the
// fault guard, and makes the block last; a step that fails undoes the earlier ones. After that the block
// owns all three.
#include "file_memory.h"

#include <algorithm>
#include <cerrno>

#include "new_or.h"
#include "system.h"

namespace mv {

FileBlock* FileBlock::From(Block* block) {
  const bool file = block != nullptr && (block->kind() == Kind::kFile || block->kind() == Kind::kShared);
  return file ? static_cast<FileBlock*>(block) : nullptr;
}

FileBlock::FileBlock(Kind kind, const Pages& pages, size_t delta, size_t nbytes, const File& file,
                     bool shared, std::string_view label)
    : Block(kind, label),
      pages_(pages),
      fd_(file.fd),
      file_end_(file.offset + nbytes),
      shared_(shared),
      range_(file.range) {
  Born(static_cast<char*>(pages.base) + delta, nbytes);
}

FileBlock* FileBlock::Map(Kind kind, int fd, uint64_t offset, size_t nbytes, bool shared,
                          std::string_view label, Outcome& outcome) {
  outcome = 0;
  if (nbytes == 0) {
    const Pages pages = MapPages(0, PageSize());  // an empty mapping needs an address too
    if (pages.base == nullptr) outcome = Refusal(ENOMEM);
    if (outcome != 0) return nullptr;
    return NewOr<FileBlock>([&] { UnmapPages(pages); }, kind, pages, offset % PageSize(), 0,
                            File{-1, offset, nullptr}, shared, label);
  }
  if (nbytes > SIZE_MAX / 2 || offset > INT64_MAX - nbytes) {
    outcome = Refusal(EOVERFLOW);
    return nullptr;
  }
  const int own = OwnDescriptor(fd, shared);
  if (own < 0) {
    outcome = own;
    return nullptr;
  }
  const size_t delta = offset % MappingUnit();
  Pages pages{nullptr, (delta + nbytes + PageSize() - 1) / PageSize() * PageSize()};
  outcome = MapFile(own, offset - delta, delta + nbytes, shared, pages);
  GuardedRange* range = outcome == 0 ? GuardedRange::Enter(pages, own, offset - delta) : nullptr;
  const auto undo = [&] {
    if (range != nullptr) range->Leave();
    UnmapPages(pages);
    CloseDescriptor(own);
  };
  if (range == nullptr) {
    undo();
    return nullptr;
  }
  return NewOr<FileBlock>(undo, kind, pages, delta, nbytes, File{own, offset, range}, shared, label);
}

Pages FileBlock::PagesOf(const Part& part) const {
  const size_t delta = static_cast<size_t>(static_cast<char*>(base()) - static_cast<char*>(pages_.base));
  const size_t first = std::min(part.offset, size());
  const size_t end = first + std::min(part.nbytes, size() - first);
  const size_t low = (delta + first) / PageSize() * PageSize();
  return {static_cast<char*>(pages_.base) + low, delta + end - low};
}

Outcome FileBlock::Lock(bool locked) const { return range_ == nullptr ? 0 : LockPages(pages_, locked); }

Outcome FileBlock::WhenLost(std::function<void()> tell) {
  if (range_ == nullptr) return 0;
  {
    std::lock_guard<std::mutex> lock(told_mutex_);
    tell_.push_back(std::move(tell));
  }
  if (range_->Listen(this)) return 0;
  return Refusal(errno == 0 ? EAGAIN : errno);
}

void FileBlock::PagesLost() {
  std::vector<std::function<void()>> tell;
  {
    std::lock_guard<std::mutex> lock(told_mutex_);
    tell.swap(tell_);
  }
  for (const auto& each : tell) each();
}

void FileBlock::GiveBack(bool unmapping) {
  // The overlay comes before Leave, so that a late reader on another thread finds zeros and no fault.
  if (!unmapping) OverlayPages(pages_);
  if (range_ == nullptr) return;
  range_->Leave();
  CloseDescriptor(fd_);
}

void FileBlock::GiveBackAddresses() { UnmapPages(pages_); }

}  // namespace mv
