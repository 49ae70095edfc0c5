// Asks the processor once what it can do.
#include "cpu.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include <cstdlib>
#include <cstring>

namespace mv {
namespace {

bool AskProcessor() {
  const char* level = std::getenv("MEMORYVIEW_CPU");
  if (level != nullptr && std::strcmp(level, "baseline") == 0) return false;
#if defined(__x86_64__) || defined(__i386__)
  // Not __builtin_cpu_supports: the runtime library that it needs is not in every tool chain.
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_SSSE3) != 0;
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
