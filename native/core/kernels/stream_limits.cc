// Asks the system once how large the caches are.
#include "stream_limits.h"

#include <algorithm>
#include <cstdlib>

#include "../system.h"

namespace mv {
namespace {

StreamLimits Ask() {
  const char* given = std::getenv("MEMORYVIEW_STREAM_FROM");
  if (given != nullptr && *given >= '0' && *given <= '9') {
    const size_t nbytes = std::strtoull(given, nullptr, 10);
    return {nbytes, nbytes, nbytes};
  }
  constexpr size_t kMiB = 1024 * 1024;
  const size_t known = SecondCacheBytes();
  const size_t second = known == 0 ? 2 * kMiB : known;
  const size_t runs = std::clamp(4 * second, 8 * kMiB, 32 * kMiB);
  return {runs, 2 * runs, std::clamp(second, kMiB, 8 * kMiB)};
}

}  // namespace

const StreamLimits& LimitsOfStreams() {
  static const StreamLimits limits = Ask();
  return limits;
}

}  // namespace mv
