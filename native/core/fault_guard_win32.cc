// The table of guarded ranges on Windows, the vectored handler, and the thread that calls listeners.
//
// A page that the system can't read raises EXCEPTION_IN_PAGE_ERROR (wine: an access violation). A view can't
// be replaced in part, so the handler overlays the whole view: all of it reads as zeros from then on.
//
// A lock protects the table. The handler takes it too, which it may: it runs on the thread that touched the
// page, as a plain call, and no code touches guarded pages while it holds the lock. The thread that tells
// listeners is woken by an event.
#include <array>
#include <atomic>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

#include "fault_guard.h"
#include "forever.h"
#include "win32.h"

namespace mv {

class FaultGuard {
 public:
  /// Never destroyed, because a fault may happen at any time.
  static FaultGuard& Get() { return Forever<FaultGuard>(); }

  GuardedRange* Enter(const Pages& pages, uint64_t file_offset) {
    static const bool handled = AddVectoredExceptionHandler(1, OnFault) != nullptr;
    if (!handled) return nullptr;
    AcquireSRWLockExclusive(&lock_);
    GuardedRange* range = new (std::nothrow) GuardedRange;
    try {
      if (range != nullptr) ranges_.push_back(range);
    } catch (const std::bad_alloc&) {
      delete range;
      range = nullptr;
    }
    if (range != nullptr) {
      range->begin_ = reinterpret_cast<uintptr_t>(pages.base);
      range->end_ = range->begin_ + pages.nbytes;
      range->file_offset_ = file_offset;
      range->state_ = GuardedRange::kEntered;
    }
    ReleaseSRWLockExclusive(&lock_);
    return range;
  }

  void Leave(GuardedRange* range) {
    range->Listen(nullptr);
    AcquireSRWLockExclusive(&lock_);
    std::erase(ranges_, range);
    ReleaseSRWLockExclusive(&lock_);
    delete range;
  }

  bool StartTelling() {
    if (wake_ != nullptr) return true;
    HANDLE wake = CreateEventW(nullptr, FALSE, FALSE, nullptr);
    if (wake == nullptr) return false;
    wake_ = wake;
    try {
      std::thread([this] { Tell(); }).detach();
    } catch (const std::exception&) {
      wake_ = nullptr;
      CloseHandle(wake);
      return false;
    }
    return true;
  }

  void Wake() const {
    HANDLE wake = wake_;
    if (wake != nullptr) SetEvent(wake);
  }

  /// Guards the listeners. Not the table's lock: a listener may make or end a mapping.
  std::mutex& telling() { return telling_; }

 private:
  static LONG WINAPI OnFault(EXCEPTION_POINTERS* fault) {
    const EXCEPTION_RECORD& record = *fault->ExceptionRecord;
    const bool lost = record.ExceptionCode == static_cast<DWORD>(EXCEPTION_IN_PAGE_ERROR) ||
                      record.ExceptionCode == static_cast<DWORD>(EXCEPTION_ACCESS_VIOLATION);
    if (!lost || record.NumberParameters < 2) return EXCEPTION_CONTINUE_SEARCH;
    const auto address = static_cast<uintptr_t>(record.ExceptionInformation[1]);
    FaultGuard& guard = Get();
    bool covered = false;
    AcquireSRWLockExclusive(&guard.lock_);
    for (GuardedRange* range : guard.ranges_) covered = covered || range->Cover(address);
    ReleaseSRWLockExclusive(&guard.lock_);
    if (covered) guard.Wake();
    return covered ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
  }

  void Tell() {
    for (;;) {
      WaitForSingleObject(wake_, INFINITE);
      std::lock_guard<std::mutex> telling(telling_);
      for (;;) {
        GuardedRange::Listener* listener = nullptr;
        AcquireSRWLockShared(&lock_);
        for (GuardedRange* range : ranges_) {
          if (range->listener_ == nullptr) continue;
          if ((range->flags_.fetch_and(~GuardedRange::kUntold) & GuardedRange::kUntold) == 0) continue;
          listener = range->listener_;
          break;
        }
        ReleaseSRWLockShared(&lock_);
        if (listener == nullptr) break;
        listener->PagesLost();
      }
    }
  }

  SRWLOCK lock_ = SRWLOCK_INIT;
  std::vector<GuardedRange*> ranges_;  // guarded by lock_; the guard owns them
  std::mutex telling_;
  std::atomic<HANDLE> wake_{nullptr};
};

GuardedRange* GuardedRange::Enter(const Pages& pages, int, uint64_t file_offset) {
  return FaultGuard::Get().Enter(pages, file_offset);
}

void GuardedRange::Leave() { FaultGuard::Get().Leave(this); }

void GuardedRange::MarkLost() {
  if ((flags_.fetch_or(kLost) & kLost) != 0) return;
  flags_.fetch_or(kUntold);
  FaultGuard::Get().Wake();
}

bool GuardedRange::Listen(Listener* listener) {
  FaultGuard& guard = FaultGuard::Get();
  std::lock_guard<std::mutex> telling(guard.telling());
  if (listener != nullptr && !guard.StartTelling()) return false;
  listener_ = listener;
  if (listener != nullptr && lost()) {
    flags_.fetch_or(kUntold);
    guard.Wake();
  }
  return true;
}

bool GuardedRange::Cover(uintptr_t address) {
  if (address < begin_ || address >= end_) return false;
  // Overlaid already: the handler of mapping_win32.cc answers the fault.
  if (!IsView(reinterpret_cast<void*>(begin_.load()))) return false;
  OverlayPages({reinterpret_cast<void*>(begin_.load()), end_ - begin_});
  failed_at_ = file_offset_ + (address - begin_);
  if ((flags_.fetch_or(kLost | kFailed) & kLost) == 0) flags_.fetch_or(kUntold);
  return true;
}

}  // namespace mv
