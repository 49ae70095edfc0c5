// Work that is split over threads: each part once, the last on the thread that called.
#include "../../native/core/parallel.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <thread>

#include "expect.h"

namespace {

struct Seen {
  std::array<std::atomic<int>, mv::kMaxThreads> times{};
  std::array<std::thread::id, mv::kMaxThreads> by;
};

void Note(void* context, size_t part) {
  auto* seen = static_cast<Seen*>(context);
  seen->times[part] += 1;
  seen->by[part] = std::this_thread::get_id();
}

void EachPartRunsOnceAndHasEnded() {
  for (size_t parts = 1; parts <= mv::kMaxThreads; ++parts) {
    Seen seen;
    mv::InParallel(parts, Note, &seen);
    for (size_t part = 0; part < mv::kMaxThreads; ++part) EXPECT(seen.times[part] == (part < parts ? 1 : 0));
    EXPECT(seen.by[parts - 1] == std::this_thread::get_id());
  }
}

void ThreadsAreFewAndOneForSmallWork() {
  EXPECT(mv::ThreadsFor(0) == 1 && mv::ThreadsFor(1024 * 1024) == 1);
  EXPECT(mv::ThreadsFor(SIZE_MAX) >= 1 && mv::ThreadsFor(SIZE_MAX) <= mv::kMaxThreads);
}

void TestParallel(int) {
  EachPartRunsOnceAndHasEnded();
  ThreadsAreFewAndOneForSmallWork();
}

const Suite suite("parallel", TestParallel);

}  // namespace
