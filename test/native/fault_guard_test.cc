// The fault guard: lost pages of entered ranges, and every other SIGBUS, while handlers come and go around
// ours.
#include "../../native/core/fault_guard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "child.h"
#include "expect.h"

namespace {

using mv::GuardedRange;
using mv::Pages;

/// A mapped file of whole pages full of 'x'.
class Mapped {
 public:
  explicit Mapped(size_t pages) : nbytes_(pages * mv::PageSize()) {
    char name[] = "/tmp/memoryview-guard-XXXXXX";
    fd_ = mkstemp(name);
    EXPECT(fd_ >= 0);
    unlink(name);
    const std::string full(nbytes_, 'x');
    EXPECT(write(fd_, full.data(), nbytes_) == static_cast<ssize_t>(nbytes_));
    base_ = static_cast<char*>(mmap(nullptr, nbytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0));
    EXPECT(base_ != MAP_FAILED);
  }
  ~Mapped() {
    munmap(base_, nbytes_);
    close(fd_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  GuardedRange* Enter() const { return GuardedRange::Enter(pages(), fd_, 0); }
  Pages pages() const { return {base_, nbytes_}; }
  void Shrink(size_t pages) const { EXPECT(ftruncate(fd_, static_cast<off_t>(pages * mv::PageSize())) == 0); }
  char At(size_t page) const { return static_cast<volatile char*>(base_)[page * mv::PageSize()]; }

 private:
  const size_t nbytes_;
  int fd_ = -1;
  char* base_ = nullptr;
};

struct Counter final : GuardedRange::Listener {
  std::atomic<int> told{0};
  void PagesLost() override { told += 1; }
};

void LostPagesReadAsZerosAndTheRestStays() {
  const Mapped file(8);
  GuardedRange* range = file.Enter();
  EXPECT(range != nullptr && !range->lost());
  file.Shrink(3);
  EXPECT(file.At(5) == 0 && file.At(7) == 0 && file.At(3) == 0 && file.At(2) == 'x');
  EXPECT(range->lost() && !range->failed());
  // A file that grows again does not bring them back: a program must not see them change under it twice.
  file.Shrink(8);
  EXPECT(file.At(5) == 0);
  range->Leave();
}

void AListenerIsToldOnceAndNotAfterItLeft() {
  const Mapped file(4);
  GuardedRange* range = file.Enter();
  Counter counter;
  EXPECT(range->Listen(&counter));
  file.Shrink(2);
  EXPECT(file.At(3) == 0);
  while (counter.told == 0) std::this_thread::yield();
  file.Shrink(0);
  EXPECT(file.At(0) == 0 && counter.told == 1);
  range->Leave();
  const Mapped other(2);
  range = other.Enter();
  Counter late;
  EXPECT(range->Listen(&late) && range->Listen(nullptr));
  other.Shrink(0);
  EXPECT(other.At(1) == 0 && late.told == 0);
  // A listener that comes later still hears of the pages that were lost before.
  EXPECT(range->Listen(&late));
  while (late.told == 0) std::this_thread::yield();
  range->Leave();
}

void ThereIsRoomForAnyNumberOfRanges() {
  const Mapped file(200);
  std::vector<GuardedRange*> ranges;
  for (size_t i = 0; i < 200; ++i) {
    const Pages page{static_cast<char*>(file.pages().base) + i * mv::PageSize(), mv::PageSize()};
    ranges.push_back(GuardedRange::Enter(page, -1, 0));
    EXPECT(ranges.back() != nullptr);
  }
  for (GuardedRange* range : ranges) range->Leave();
  GuardedRange* again = file.Enter();
  file.Shrink(199);
  EXPECT(file.At(199) == 0 && again->lost());
  again->Leave();
}

volatile sig_atomic_t theirs = 0;

void Replace(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

void AFurtherRangeArmsAHandlerThatWasReplaced() {
  const Ended ended = InChild([] {
    const Mapped first(2);
    const Mapped second(2);
    GuardedRange* range = first.Enter();
    Replace([](int) { theirs = theirs + 1; });
    EXPECT(second.Enter() != nullptr);
    first.Shrink(0);
    EXPECT(first.At(1) == 0 && range->lost() && theirs == 0);
    // A signal that was sent is theirs still.
    raise(SIGBUS);
    EXPECT(theirs == 1);
    Replace(SIG_DFL);
    const Mapped third(2);
    EXPECT(third.Enter() != nullptr);
    third.Shrink(0);
    EXPECT(third.At(0) == 0);
  });
  EXPECT_OF(ended, ended.exited());
}

struct sigaction chained {};

void Chain(int signal, siginfo_t* info, void* context) {
  theirs = theirs + 1;
  chained.sa_sigaction(signal, info, context);
}

// Theirs was installed over ours and hands on to it; ours was then installed over theirs: a fault of neither
// goes to both once, and then to the action that was there first.
void HandlersThatHandOnToEachOtherComeToAnEnd() {
  const Ended ended = InChild([] {
    const Mapped guarded(2);
    const Mapped more(2);
    const Mapped unknown(2);
    EXPECT(guarded.Enter() != nullptr);
    struct sigaction action {};
    action.sa_sigaction = Chain;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &chained);
    EXPECT(more.Enter() != nullptr);
    unknown.Shrink(0);
    static_cast<void>(unknown.At(0));
  });
  EXPECT_OF(ended, ended.died());
}

void AFaultOfAnotherMappingEndsTheProcessAsBefore() {
  const Ended ended = InChild([] {
    const Mapped guarded(2);
    const Mapped unknown(2);
    EXPECT(guarded.Enter() != nullptr);
    unknown.Shrink(0);
    static_cast<void>(unknown.At(0));
  });
  EXPECT_OF(ended, ended.died());
}

void ThreadsReadLostPagesWhileRangesComeAndGo(int rounds) {
  const Mapped file(64);
  GuardedRange* range = file.Enter();
  file.Shrink(1);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < rounds / 10; ++i) {
        const Mapped own(4);
        GuardedRange* mine = own.Enter();
        own.Shrink(0);
        EXPECT(own.At(t % 4) == 0 && mine->lost());
        EXPECT(file.At(1 + (t * 13 + static_cast<size_t>(i)) % 63) == 0);
        mine->Leave();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  range->Leave();
}

void TestFaultGuard(int rounds) {
  LostPagesReadAsZerosAndTheRestStays();
  AListenerIsToldOnceAndNotAfterItLeft();
  ThereIsRoomForAnyNumberOfRanges();
  AFurtherRangeArmsAHandlerThatWasReplaced();
  HandlersThatHandOnToEachOtherComeToAnEnd();
  AFaultOfAnotherMappingEndsTheProcessAsBefore();
  ThreadsReadLostPagesWhileRangesComeAndGo(rounds);
}

const Suite suite("fault_guard", TestFaultGuard);

}  // namespace
