// The table of guarded ranges, the SIGBUS handler, and the thread that calls listeners.
//
// The table is a list of chunks that only grows; chunks and earlier actions are never freed, because a
// handler may be reading them. `running_` counts the handlers that are under way, and Leave waits until
// it is 0. The handler tells the listeners' thread through a pipe, since a write is safe in a signal
// handler and a lock is not. fault_guard.h states ownership and threads.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <initializer_list>
#include <mutex>
#include <new>

#include "fault_guard.h"
#include "forever.h"

namespace mv {

// The table and the handler. The handler touches only atomics, and calls only functions that are safe in a
// signal handler: fstat, mmap (a plain system call on Linux and macOS) and write.
class FaultGuard {
 public:
  /// Never destroyed, because a fault may happen at any time.
  static FaultGuard& Get() { return Forever<FaultGuard>(); }

  GuardedRange* Claim() {
    if (!Arm()) return nullptr;
    for (Chunk* chunk = &first_;; chunk = chunk->next.load(std::memory_order_acquire)) {
      for (GuardedRange& range : chunk->ranges) {
        uint32_t free = GuardedRange::kFree;
        if (range.state_.compare_exchange_strong(free, GuardedRange::kClaimed)) return &range;
      }
      if (chunk->next.load(std::memory_order_acquire) != nullptr) continue;
      auto* more = new (std::nothrow) Chunk;
      if (more == nullptr) return nullptr;
      Chunk* none = nullptr;
      if (!chunk->next.compare_exchange_strong(none, more)) delete more;
    }
  }

  /// Returns when no handler is running: a handler that starts from now on sees the table as it is now.
  void WaitForHandlers() const {
    while (running_.load() != 0) sched_yield();
  }

  bool StartTelling() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (wake_in_.load() >= 0) return true;
    int ends[2];
    if (pipe(ends) != 0) return false;
    for (const int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);  // a full pipe wakes the thread as well
    wake_out_ = ends[0];
    // The thread blocks all signals, so that the process's own handlers run on the threads they expect.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    const int failed = pthread_create(&thread, nullptr, Tell, this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (failed != 0) {
      close(ends[0]);
      close(ends[1]);
      errno = failed;
      return false;
    }
    pthread_detach(thread);
    wake_in_.store(ends[1]);
    return true;
  }

  void Wake() const {
    const int end = wake_in_.load();
    if (end >= 0 && write(end, "", 1) < 0) return;  // the pipe is full, so the thread will wake anyway
  }

  std::mutex& mutex() { return mutex_; }

 private:
  struct Chunk {
    GuardedRange ranges[64];
    std::atomic<Chunk*> next{nullptr};
  };

  /// The action that the handler replaced. Never freed, because a handler may be reading it.
  struct Earlier {
    struct sigaction action {};
    Earlier* before = nullptr;
  };

  /// Installs the handler, unless it is the current one. False if memory for the earlier action can't be had.
  bool Arm() {
    std::lock_guard<std::mutex> lock(arming_);
    struct sigaction current {};
    sigaction(SIGBUS, nullptr, &current);
    if ((current.sa_flags & SA_SIGINFO) != 0 && current.sa_sigaction == OnSignal) return true;
    auto* earlier = new (std::nothrow) Earlier{current, earlier_.load()};
    if (earlier == nullptr) return false;
    struct sigaction action {};
    action.sa_sigaction = OnSignal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    // The order matters: a fault between the two lines must find the earlier action.
    earlier_.store(earlier);
    sigaction(SIGBUS, &action, nullptr);
    return true;
  }

  static void OnSignal(int signal, siginfo_t* info, void* context) {
    const int error = errno;
    FaultGuard& guard = Get();
    guard.running_.fetch_add(1);
    // A positive code is the kernel's; a SIGBUS that a process sent has no address.
    const bool ours = info->si_code > 0 && guard.Cover(reinterpret_cast<uintptr_t>(info->si_addr));
    guard.running_.fetch_sub(1);
    if (!ours) guard.HandOn(signal, info, context);
    errno = error;
  }

  bool Cover(uintptr_t address) {
    for (Chunk* chunk = &first_; chunk != nullptr; chunk = chunk->next.load(std::memory_order_acquire)) {
      for (GuardedRange& range : chunk->ranges) {
        if (range.state_.load() != GuardedRange::kEntered) continue;
        if (address < range.begin_.load() || address >= range.end_.load()) continue;
        if (!range.Cover(address)) return false;
        Wake();
        return true;
      }
    }
    return false;
  }

  void HandOn(int signal, siginfo_t* info, void* context) {
    // A handler that was installed over ours may call ours again on this thread. Then the action before that
    // handler is next.
    const Handing handing(*this);
    const Earlier* earlier = earlier_.load();
    for (size_t passed = handing.earlier(); passed > 0 && earlier->before != nullptr; passed--)
      earlier = earlier->before;
    const struct sigaction& action = earlier->action;
    if ((action.sa_flags & SA_SIGINFO) == 0) {
      if (action.sa_handler == SIG_IGN && info->si_code <= 0) return;
      if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) {
        // A fault happens again under the default action. A signal that a process sent must be raised again;
        // it stays blocked until the handler has returned.
        struct sigaction standard {};
        standard.sa_handler = SIG_DFL;
        sigaction(SIGBUS, &standard, nullptr);
        if (info->si_code <= 0) raise(SIGBUS);
        return;
      }
    }
    sigset_t before;
    pthread_sigmask(SIG_BLOCK, &action.sa_mask, &before);
    if ((action.sa_flags & SA_SIGINFO) != 0) {
      action.sa_sigaction(signal, info, context);
    } else {
      action.sa_handler(signal);
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  /// Records, while it lives, that this thread hands a signal on. It uses no lock and no
  /// thread-local storage, whose first use may allocate.
  class Handing {
   public:
    explicit Handing(FaultGuard& guard) {
      const pthread_t self = pthread_self();
      for (Place& place : guard.handings_) {
        if (place.taken.load() && pthread_equal(place.thread.load(), self)) earlier_ += 1;
      }
      for (Place& place : guard.handings_) {
        bool taken = false;
        if (!place.taken.compare_exchange_strong(taken, true)) continue;
        place.thread.store(self);
        place_ = &place;
        return;
      }
    }
    ~Handing() {
      if (place_ != nullptr) place_->taken.store(false);
    }
    Handing(const Handing&) = delete;
    Handing& operator=(const Handing&) = delete;

    /// How many signals this thread was handing on already.
    size_t earlier() const { return earlier_; }

   private:
    friend class FaultGuard;

    struct Place {
      std::atomic<bool> taken{false};
      std::atomic<pthread_t> thread{};
    };

    size_t earlier_ = 0;
    Place* place_ = nullptr;
  };

  static void* Tell(void* self) {
    auto& guard = *static_cast<FaultGuard*>(self);
    char wakes[256];
    for (;;) {
      if (read(guard.wake_out_, wakes, sizeof wakes) < 0 && errno != EINTR) return nullptr;
      std::lock_guard<std::mutex> lock(guard.mutex_);
      for (Chunk* chunk = &guard.first_; chunk != nullptr; chunk = chunk->next.load()) {
        for (GuardedRange& range : chunk->ranges) {
          if (range.listener_ == nullptr) continue;
          if ((range.flags_.fetch_and(~GuardedRange::kUntold) & GuardedRange::kUntold) == 0) continue;
          range.listener_->PagesLost();
        }
      }
    }
  }

  Chunk first_;
  std::mutex arming_;
  std::atomic<Earlier*> earlier_{nullptr};   // the latest
  std::array<Handing::Place, 32> handings_;  // one for each thread and each signal that it hands on
  std::atomic<uint32_t> running_{0};
  std::atomic<int> wake_in_{-1};
  int wake_out_ = -1;
  std::mutex mutex_;
};

GuardedRange* GuardedRange::Enter(const Pages& pages, int fd, uint64_t file_offset) {
  GuardedRange* range = FaultGuard::Get().Claim();
  if (range == nullptr) return nullptr;
  const auto begin = reinterpret_cast<uintptr_t>(pages.base);
  range->begin_.store(begin);
  range->end_.store(begin + pages.nbytes);
  range->fd_.store(fd);
  range->file_offset_.store(file_offset);
  range->lost_from_.store(begin + pages.nbytes);
  range->failed_at_.store(0);
  range->flags_.store(0);
  range->state_.store(kEntered);
  return range;
}

void GuardedRange::Leave() {
  Listen(nullptr);
  state_.store(kClaimed);
  FaultGuard::Get().WaitForHandlers();
  state_.store(kFree);
}

bool GuardedRange::Listen(Listener* listener) {
  FaultGuard& guard = FaultGuard::Get();
  if (listener != nullptr && !guard.StartTelling()) return false;
  {
    std::lock_guard<std::mutex> lock(guard.mutex());
    listener_ = listener;
  }
  if (listener != nullptr && lost()) guard.Wake();  // pages were lost before there was a listener
  return true;
}

void GuardedRange::MarkLost() {
  if ((flags_.fetch_or(kLost) & kLost) != 0) return;
  flags_.fetch_or(kUntold);
  FaultGuard::Get().Wake();
}

bool GuardedRange::Cover(uintptr_t address) {
  const uintptr_t page = PageSize();
  const uintptr_t touched = address / page * page;
  const uintptr_t begin = begin_.load();
  const uintptr_t known = lost_from_.load();
  if (touched >= known) return true;  // another thread has just covered it
  struct stat file;
  const bool readable = fstat(fd_.load(), &file) == 0 && S_ISREG(file.st_mode);
  const uint64_t offset = file_offset_.load();
  const uint64_t size = readable ? static_cast<uint64_t>(file.st_size) : UINT64_MAX;
  const uint64_t kept = size > offset ? size - offset : 0;
  // Byte counts are compared before rounding: rounding `kept` up first could overflow.
  const bool beyond = kept <= touched - begin;
  // One mapping covers the whole lost tail, because one per page would let a random reader use up the
  // process's mappings. A page inside the file, which the system could not read or store, is covered alone.
  const uintptr_t from = beyond ? begin + (static_cast<uintptr_t>(kept) + page - 1) / page * page : touched;
  const uintptr_t to = beyond ? known : touched + page;
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  // SAFETY: [from, to) lies inside of the range, which stays mapped while a handler runs (see Leave).
  if (mmap(reinterpret_cast<void*>(from), to - from, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) {
    // The process has too many mappings: covering all that follows needs one fewer.
    const uintptr_t rest = end_.load() - touched;
    if (mmap(reinterpret_cast<void*>(touched), rest, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) {
      return false;
    }
    lost_from_.store(touched);
  } else if (beyond) {
    lost_from_.store(from);
  }
  uint32_t marks = kLost;
  if (!beyond) {
    if (!failed()) failed_at_.store(offset + (touched - begin));
    marks |= kFailed;
  }
  // The listener is called once for each range, so later losses set no mark.
  if ((flags_.fetch_or(marks) & kLost) == 0) flags_.fetch_or(kUntold);
  return true;
}

}  // namespace mv
