// What a mapping of a file is on every system. file_memory_posix.cc and file_memory_win32.cc map, and ask
// the system; file_memory.h states ownership and threads.
#include "file_memory.h"

#include <algorithm>
#include <cerrno>

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

Pages FileBlock::PagesOf(const Part& part) const {
  const size_t delta = static_cast<size_t>(static_cast<char*>(base()) - static_cast<char*>(pages_.base));
  const size_t first = std::min(part.offset, size());
  const size_t end = first + std::min(part.nbytes, size() - first);
  const size_t low = (delta + first) / PageSize() * PageSize();
  return {static_cast<char*>(pages_.base) + low, delta + end - low};
}

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
