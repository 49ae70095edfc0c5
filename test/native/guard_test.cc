// The guard: blocks between inaccessible pages, what a stray access says, and that no block is made without
// its guards.
#include "../../native/core/guard.h"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../../native/core/mapping.h"
#include "child.h"
#include "expect.h"

namespace {

using mv::Block;
using mv::Kind;
using mv::MakeGuardedBlock;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

void Release(Block* block) {
  block->FinishRelease(block->BeginRelease());
  block->Unref();
}

char* BytesOf(const Block* block) { return static_cast<char*>(block->base()); }

void ABlockIsZeroedAlignedAndEndsAtTheGuard() {
  for (const size_t alignment : {size_t{1}, size_t{64}, size_t{4096}, size_t{1} << 21}) {
    for (const size_t nbytes : {size_t{0}, size_t{1}, size_t{1000}, size_t{4096}, size_t{100000}}) {
      Block* block = MakeGuardedBlock(Kind::kHeap, nbytes, alignment, "block");
      EXPECT(block != nullptr && block->size() == nbytes);
      const auto base = reinterpret_cast<uintptr_t>(block->base());
      EXPECT(base % alignment == 0);
      const uintptr_t end = base + nbytes;
      const uintptr_t guard = (end + mv::PageSize() - 1) / mv::PageSize() * mv::PageSize();
      EXPECT(guard - end < alignment || guard - end < mv::PageSize());
      for (size_t i = 0; i < nbytes; ++i) EXPECT(BytesOf(block)[i] == 0);
      std::memset(block->base(), 1, nbytes);
      Release(block);
    }
  }
}

void AStrayAccessEndsTheProcessAndIsDescribed() {
  const Ended overrun = InChild([] {
    Block* block = MakeGuardedBlock(Kind::kHeap, 64, 64, "victim");
    block->SetTrace("    at culprit (file.mjs:1:2)");
    static_cast<volatile char*>(block->base())[64] = 1;
  });
  EXPECT_OF(overrun, overrun.died() && overrun.output.find("0 bytes past the end of live memory: block ") !=
                                           std::string::npos);
  EXPECT_OF(overrun, overrun.output.find("(heap, 64 bytes at 0x") != std::string::npos);
  EXPECT_OF(overrun, overrun.output.find(", label \"victim\")\nallocated\n    at culprit (file.mjs:1:2)\n") !=
                         std::string::npos);
  const Ended underrun = InChild([] {
    Block* block = MakeGuardedBlock(Kind::kArena, 4096, 64, "");
    static_cast<volatile char*>(block->base())[-1] = 1;
  });
  EXPECT_OF(underrun, underrun.died() &&
                          underrun.output.find("1 bytes before live memory: block ") != std::string::npos);
  EXPECT_OF(underrun, underrun.output.find("(arena, 4096 bytes at 0x") != std::string::npos);
  const Ended stale = InChild([] {
    Block* block = MakeGuardedBlock(Kind::kHeap, 64, 64, "");
    volatile char* bytes = BytesOf(block);
    Release(block);
    bytes[5] = 1;
  });
  EXPECT_OF(stale, stale.died() && stale.output.find("in released memory: block ") != std::string::npos);
  if (!kSanitized) {
    for (const Ended& ended : {overrun, underrun, stale}) EXPECT_OF(ended, ended.killed_by(SIGSEGV));
  }
}

void ALabelIsEscapedInTheMessage() {
  const Ended ended = InChild([] {
    Block* block = MakeGuardedBlock(Kind::kHeap, 64, 64, "a\n\x1b[31m\"\\\x7f\xc2\x9b\xc3\xa9");
    static_cast<volatile char*>(block->base())[64] = 1;
  });
  EXPECT_OF(ended, ended.output.find("label \"a\\x0a\\x1b[31m\\x22\\x5c\\x7f\\xc2\\x9b\xc3\xa9\")\n") !=
                       std::string::npos);
}

void AFaultElsewhereIsLeftToTheHandlerBefore() {
  const Ended ended = InChild([] {
    Block* block = MakeGuardedBlock(Kind::kHeap, 64, 64, "");
    BytesOf(block)[0] = 1;
    volatile uintptr_t nowhere = 8;
    *reinterpret_cast<volatile char*>(nowhere) = 1;
  });
  EXPECT_OF(ended, ended.died() && ended.output.find("memoryview guard") == std::string::npos);
}

// Where the process has as many mappings as it may, a guard page can't be made: the block is refused then.
void NoBlockIsMadeWithoutItsGuards() {
  long most = 0;
  std::FILE* limit = std::fopen("/proc/sys/vm/max_map_count", "r");
  const bool known = limit != nullptr && std::fscanf(limit, "%ld", &most) == 1;
  if (limit != nullptr) std::fclose(limit);
  // An emulator has mappings of its own, and counts them elsewhere.
  const bool emulated = std::getenv("MEMORYVIEW_EMULATED") != nullptr;
  if (emulated)
    std::puts("native/core: under an emulator, a block without room for its guards was not tested");
  if (emulated || kSanitized || !known || most > 200'000) return;
  const Ended ended = InChild([] {
    for (int i = 0; i < 100'000; ++i) {
      Block* block = MakeGuardedBlock(Kind::kHeap, 1, 1, "");
      if (block != nullptr) continue;
      // The refused block's mapping went back: a small mapping succeeds again, and the next block is
      // refused too.
      const mv::Pages page = mv::MapPages(1, 1);
      EXPECT(page.base != nullptr && MakeGuardedBlock(Kind::kHeap, 1, 1, "") == nullptr);
      _exit(7);
    }
  });
  EXPECT_OF(ended, WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 7);
}

void TestGuard(int) {
  ABlockIsZeroedAlignedAndEndsAtTheGuard();
  AStrayAccessEndsTheProcessAndIsDescribed();
  ALabelIsEscapedInTheMessage();
  AFaultElsewhereIsLeftToTheHandlerBefore();
  NoBlockIsMadeWithoutItsGuards();
}

const Suite suite("guard", TestGuard);

}  // namespace
