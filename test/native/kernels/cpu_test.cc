// Which code a processor gets.
#include "../../../native/core/kernels/cpu.h"

#include <cstdlib>
#include <cstring>

#include "../expect.h"

namespace {

// run.sh runs the tests of kernels once more with MEMORYVIEW_CPU=baseline.
void TheEnvironmentForcesTheCodeForOlderProcessors() {
  const char* level = std::getenv("MEMORYVIEW_CPU");
  if (level != nullptr && std::strcmp(level, "baseline") == 0) EXPECT(!mv::HasShuffles());
}

void TestCpu(int) { TheEnvironmentForcesTheCodeForOlderProcessors(); }

const Suite suite("kernels/cpu", TestCpu);

}  // namespace
