#include "cpu.h"

#include <cstdlib>
#include <cstring>

namespace mv {
namespace {

bool AskProcessor() {
  const char* level = std::getenv("MEMORYVIEW_CPU");
  if (level != nullptr && std::strcmp(level, "baseline") == 0) return false;
#if defined(__x86_64__) || defined(__i386__)
  return __builtin_cpu_supports("ssse3") != 0;
#else
  return true;
#endif
}

}  // namespace

bool HasShuffles() {
  static const bool has = AskProcessor();
  return has;
}

}  // namespace mv
