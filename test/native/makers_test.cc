// Where blocks come from and how they travel, without Node: small heap, arenas, handles, and threads that use
// all of them at once.
#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "../../native/core/arena.h"
#include "../../native/core/block.h"
#include "../../native/core/handles.h"
#include "../../native/core/heap.h"
#include "expect.h"
#include "live_block.h"

namespace {

using mv::Block;
using mv::Handles;
using mv::Ledger;

// False if a pin forbids it, as another thread's may; then nothing has changed.
bool IsReleased(Block* block) {
  const Block::Release begun = block->BeginRelease();
  if (begun == Block::Release::kPinned) return false;
  block->FinishRelease(begun);
  block->Unref();
  return true;
}

void Release(Block* block) { EXPECT(IsReleased(block)); }

void ASlotIsHandedOutAgainOnlyWhenItsAddressIsFree() {
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

void MemoryWithPagesOfItsOwnIsAlignedAndZeroed() {
  Block* block = mv::MakeLoneBlock(100000, size_t{1} << 21, "large");
  EXPECT(reinterpret_cast<uintptr_t>(block->base()) % (size_t{1} << 21) == 0);
  EXPECT(block->kind() == mv::Kind::kArena && block->label() == "large");
  for (size_t at = 0; at < block->size(); ++at) EXPECT(static_cast<char*>(block->base())[at] == 0);
  Release(block);
}

void AHandleOwnsItsBlockUntilItIsTakenOnce() {
  const int maker = 0;
  Block* block = mv::MakeHeapBlock(1000, 64, true, "");
  const uint64_t id = block->id();
  const std::string nonce = Handles::Get().Make(*block, &maker, true);
  EXPECT(nonce.size() == 32 && Ledger::Get().Read().in_flight == 1);
  Release(block);
  EXPECT(Handles::Get().Take(id + 1, nonce).block == nullptr);
  EXPECT(Handles::Get().Take(id, nonce + "0").block == nullptr);
  const Handles::Taken taken = Handles::Get().Take(id, nonce);
  EXPECT(taken.block == block && taken.readonly);
  EXPECT(Handles::Get().Take(id, nonce).block == nullptr && Ledger::Get().Read().in_flight == 0);
  const std::string second = Handles::Get().Make(*block, &maker, false);
  Release(block);
  Handles::Get().DropAllOf(&second);
  EXPECT(LiveBlock(id) != nullptr);
  block->Unref();
  Handles::Get().DropAllOf(&maker);
  EXPECT(LiveBlock(id) == nullptr && Ledger::Get().Read().in_flight == 0);
}

// Each thread makes, shares, takes, pins and releases, and drops its handles at the end, as an environment
// does.
void ThreadsShareBlocks(int rounds) {
  std::mutex mutex;
  std::vector<std::pair<uint64_t, std::string>> mail;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const int self = t;
      for (int i = 0; i < rounds; ++i) {
        const size_t nbytes = static_cast<size_t>((i * 7919 + t) % 40000);
        Block* block = i % 5 == 0 ? mv::MakeLoneBlock(nbytes, 64, "arena")
                                  : mv::MakeHeapBlock(nbytes, 64, i % 2 == 0, "heap");
        std::memset(block->base(), t, nbytes);
        const std::string nonce = Handles::Get().Make(*block, &self, false);
        {
          std::lock_guard<std::mutex> lock(mutex);
          mail.emplace_back(block->id(), nonce);
        }
        if (block->Pin("work")) block->Unpin("work");
        block->Drop();
        std::pair<uint64_t, std::string> letter;
        {
          std::lock_guard<std::mutex> lock(mutex);
          letter = mail[static_cast<size_t>(i) % mail.size()];
        }
        const Handles::Taken taken = Handles::Get().Take(letter.first, letter.second);
        if (taken.block == nullptr) continue;
        const auto* bytes = static_cast<const unsigned char*>(taken.block->base());
        for (size_t at = 1; at < taken.block->size(); at += 511) EXPECT(bytes[at] == bytes[0]);
        // Its maker may have pinned it still.
        if (i % 3 != 0 || !IsReleased(taken.block)) taken.block->Drop();
      }
      Handles::Get().DropAllOf(&self);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const mv::Stats stats = Ledger::Get().Read();
  EXPECT(stats.blocks == 0 && stats.bytes == 0 && stats.in_flight == 0 && stats.pinned == 0);
}

void TestMakers(int rounds) {
  ASlotIsHandedOutAgainOnlyWhenItsAddressIsFree();
  SmallBlocksDoNotOverlap();
  MemoryWithPagesOfItsOwnIsAlignedAndZeroed();
  AHandleOwnsItsBlockUntilItIsTakenOnce();
  ThreadsShareBlocks(rounds);
}

const Suite suite("makers", TestMakers);

}  // namespace
