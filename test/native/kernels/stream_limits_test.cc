// From which size copies go past the caches.
#include "../../../native/core/kernels/stream_limits.h"

#include <cstdlib>

#include "../expect.h"

namespace {

// run.sh runs the tests of kernels once more with MEMORYVIEW_STREAM_FROM, at both ends of its range.
void TheEnvironmentNamesTheSizeOrTheCachesDo() {
  const mv::StreamLimits& limits = mv::LimitsOfStreams();
  if (const char* given = std::getenv("MEMORYVIEW_STREAM_FROM")) {
    const size_t nbytes = std::strtoull(given, nullptr, 10);
    EXPECT(limits.runs == nbytes && limits.repeated == nbytes && limits.crosswise == nbytes);
    return;
  }
  constexpr size_t kMiB = 1024 * 1024;
  EXPECT(limits.runs >= 8 * kMiB && limits.runs <= 32 * kMiB && limits.repeated == 2 * limits.runs);
  EXPECT(limits.crosswise >= kMiB && limits.crosswise <= 8 * kMiB);
  EXPECT(&mv::LimitsOfStreams() == &limits);
}

void TestStreamLimits(int) { TheEnvironmentNamesTheSizeOrTheCachesDo(); }

const Suite suite("kernels/stream_limits", TestStreamLimits);

}  // namespace
