// What this processor can do beyond what every processor of its architecture can.
#ifndef MEMORYVIEW_CORE_CPU_H_
#define MEMORYVIEW_CORE_CPU_H_

// A function with MV_SHUFFLES may use instructions that move any byte of a vector to any place (SSSE3). Call
// it only where HasShuffles() returns true. arm64 has such instructions in its baseline, so the compiler uses
// them everywhere.
#if defined(__x86_64__) || defined(__i386__)
#define MV_SHUFFLES __attribute__((target("ssse3")))
#else
#define MV_SHUFFLES
#endif

namespace mv {

/// Whether functions with MV_SHUFFLES may be called. `MEMORYVIEW_CPU=baseline` in the environment says no, so
/// that tests reach the code for older processors.
bool HasShuffles();

}  // namespace mv

#endif  // MEMORYVIEW_CORE_CPU_H_
