// Secret blocks, and the list by which the exit wipes them; secret_memory.h states who wipes when.
#include "secret_memory.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "forever.h"
#include "mapping.h"
#include "new_or.h"
#include "system.h"

namespace mv {
namespace {

void Wipe(const Pages& pages) {
  // SAFETY: whole pages of a block that is still live, or ends in this call.
  std::memset(pages.base, 0, pages.nbytes);
  // The compiler must not remove stores that no code reads.
  __asm__ __volatile__("" : : "r"(pages.base) : "memory");
}

class SecretBlock;

/// The live secrets of the process, linked through the blocks themselves.
struct Secrets {
  std::mutex mutex;
  SecretBlock* latest = nullptr;  // guarded by mutex, as are the links
};

class SecretBlock final : public Block {
 public:
  SecretBlock(const Pages& pages, size_t nbytes, std::string_view label)
      : Block(Kind::kHeap, label), pages_(pages) {
    Born(pages.base, nbytes);
    Secrets& secrets = Forever<Secrets>();
    std::lock_guard<std::mutex> lock(secrets.mutex);
    before_ = secrets.latest;
    if (before_ != nullptr) before_->after_ = this;
    secrets.latest = this;
  }

  bool CanOverlay() const override { return true; }

  static void WipeAll() {
    Secrets& secrets = Forever<Secrets>();
    std::lock_guard<std::mutex> lock(secrets.mutex);
    for (SecretBlock* each = secrets.latest; each != nullptr; each = each->before_) Wipe(each->pages_);
  }

 private:
  void GiveBack(bool unmapping) override {
    {
      Secrets& secrets = Forever<Secrets>();
      std::lock_guard<std::mutex> lock(secrets.mutex);
      if (before_ != nullptr) before_->after_ = after_;
      (after_ != nullptr ? after_->before_ : secrets.latest) = before_;
      Wipe(pages_);
    }
    LockPages(pages_, false);
    if (!unmapping) OverlayPages(pages_);
  }
  void GiveBackAddresses() override { UnmapPages(pages_); }

  const Pages pages_;
  SecretBlock* before_ = nullptr;  // guarded by the mutex of Secrets
  SecretBlock* after_ = nullptr;
};

}  // namespace

Block* MakeSecretBlock(size_t nbytes, size_t alignment, std::string_view label, int& outcome) {
  // The handler wipes the live secrets at the exit, on the thread that exits.
  static const bool wiped_at_exit = std::atexit(SecretBlock::WipeAll) == 0;
  outcome = wiped_at_exit ? 0 : Refusal(ENOMEM);
  const Pages pages = wiped_at_exit ? MapPages(nbytes, alignment) : Pages{};
  if (pages.base == nullptr) return nullptr;
  outcome = LockPages(pages, true);
  if (outcome != 0) {
    UnmapPages(pages);
    return nullptr;
  }
  LeaveOutOfDumps(pages);
  return NewOr<SecretBlock>([&] { UnmapPages(pages); }, pages, nbytes, label);
}

}  // namespace mv
