// Heap blocks: aligned, zeroed, apart from each other, and used again only once no object knows the address.
#include "../../native/core/heap.h"

#include <cstring>
#include <vector>

#include "../../native/core/poison.h"
#include "expect.h"
#ifdef MV_ADDRESS_SANITIZED
#include "child.h"
#endif

namespace {

using mv::Block;

void Release(Block* block) {
  block->FinishRelease(block->BeginRelease());
  block->Unref();
}

void HeapBlocksAreAlignedZeroedAndOverlaid() {
  for (const size_t nbytes :
       {size_t{0}, size_t{1}, size_t{100}, size_t{16383}, size_t{16384}, size_t{1} << 20}) {
    for (size_t alignment = 1; alignment <= mv::kMaxAlignment; alignment *= 2) {
      Block* block = mv::MakeHeapBlock(nbytes, alignment, true, "heap");
      EXPECT(block != nullptr && block->size() == nbytes);
      EXPECT(reinterpret_cast<uintptr_t>(block->base()) % alignment == 0);
      auto* bytes = static_cast<unsigned char*>(block->base());
      for (size_t i = 0; i < nbytes; i += 997) EXPECT(bytes[i] == 0);
      std::memset(bytes, 7, nbytes);
      block->FinishRelease(block->BeginRelease());
      if (nbytes >= mv::kMappedFrom) EXPECT(bytes[0] == 0 && bytes[nbytes - 1] == 0);
      block->Unref();
    }
  }
  for (const size_t nbytes : {SIZE_MAX, SIZE_MAX / 2, size_t{1} << 53, (size_t{1} << 47)}) {
    EXPECT(mv::MakeHeapBlock(nbytes, 64, true, "") == nullptr);
    EXPECT(mv::MakeHeapBlock(nbytes, mv::kMaxAlignment, true, "") == nullptr);
  }
}

void AnAddressIsUsedAgainOnlyWhenNoObjectKnowsIt() {
  Block* first = mv::MakeHeapBlock(100, 64, true, "");
  void* place = first->base();
  std::memset(place, 255, 100);
  const Block::Release begun = first->BeginRelease();
  first->FinishRelease(begun);
  std::vector<Block*> others;
  for (int i = 0; i < 5000; ++i) {
    others.push_back(mv::MakeHeapBlock(100, 64, true, ""));
    EXPECT(others.back()->base() != place);
  }
  first->Unref();
  bool seen = false;
  for (int i = 0; i < 5000 && !seen; ++i) {
    others.push_back(mv::MakeHeapBlock(100, 64, true, ""));
    seen = others.back()->base() == place;
  }
  EXPECT(seen);
  for (int i = 0; i < 100; ++i) EXPECT(static_cast<char*>(others.back()->base())[i] == 0);
  for (Block* block : others) Release(block);
}

void SmallBlocksDoNotOverlap() {
  std::vector<Block*> blocks;
  for (size_t i = 0; i < 3000; ++i) {
    Block* block = mv::MakeHeapBlock(i % 500, size_t{1} << (i % 13), i % 2 == 0, "");
    std::memset(block->base(), static_cast<int>(i % 251), block->size());
    blocks.push_back(block);
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto* bytes = static_cast<const unsigned char*>(blocks[i]->base());
    for (size_t at = 0; at < blocks[i]->size(); ++at) EXPECT(bytes[at] == i % 251);
    Release(blocks[i]);
  }
}

#ifdef MV_ADDRESS_SANITIZED
void TheUseOfASlotThatNoObjectKnowsIsReported() {
  const auto use = [](bool before_the_last_reference) {
    return InChild([before_the_last_reference] {
      Block* block = mv::MakeHeapBlock(100, 64, true, "slot");
      auto* bytes = static_cast<char*>(block->base());
      block->FinishRelease(block->BeginRelease());
      if (before_the_last_reference) std::memset(bytes, 1, 100);
      block->Unref();
      if (!before_the_last_reference) std::memset(bytes, 1, 100);
    });
  };
  const Ended early = use(true);
  EXPECT_OF(early, early.exited());
  const Ended late = use(false);
  EXPECT_OF(late, late.died() && late.output.find("use-after-poison") != std::string::npos);
}
#endif

void TestHeap(int) {
  HeapBlocksAreAlignedZeroedAndOverlaid();
  AnAddressIsUsedAgainOnlyWhenNoObjectKnowsIt();
  SmallBlocksDoNotOverlap();
#ifdef MV_ADDRESS_SANITIZED
  TheUseOfASlotThatNoObjectKnowsIsReported();
#endif
}

const Suite suite("heap", TestHeap);

}  // namespace
