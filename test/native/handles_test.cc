// Handles in flight: what they own, who can take one, and threads that share blocks by them.
#include "../../native/core/handles.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../../native/core/arena.h"
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

void ARestrictedHandleYieldsViewsOnly() {
  const int maker = 0;
  Block* block = mv::MakeHeapBlock(10, 64, true, "");
  const uint64_t id = block->id();
  const std::string nonce = Handles::Get().Make(*block, &maker, false);
  EXPECT(!Handles::Get().Restrict(id, "none") && !Handles::Get().Restrict(id + 1, nonce));
  EXPECT(Handles::Get().Restrict(id, nonce));
  const Handles::Taken refused = Handles::Get().Take(id, nonce, false);
  EXPECT(refused.block == nullptr && refused.refused && Ledger::Get().Read().in_flight == 1);
  const Handles::Taken taken = Handles::Get().Take(id, nonce, true);
  EXPECT(taken.block == block && taken.look_only && !taken.refused && !taken.readonly);
  Release(block);
  EXPECT(!block->closed());
  taken.block->Drop();
}

void ABlockThatHasEndedIsNotShared() {
  const int maker = 0;
  Block* block = mv::MakeHeapBlock(10, 64, true, "");
  block->FinishRelease(block->BeginRelease());
  EXPECT(Handles::Get().Make(*block, &maker, false).empty() && Ledger::Get().Read().in_flight == 0);
  block->Unref();
}

void OneOfSeveralThreadsTakesAHandle(int rounds) {
  for (int round = 0; round < rounds; ++round) {
    const int maker = 0;
    Block* block = mv::MakeHeapBlock(10, 64, true, "");
    const uint64_t id = block->id();
    const std::string nonce = Handles::Get().Make(*block, &maker, false);
    block->Drop();
    std::atomic<int> takers{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        const Handles::Taken taken = Handles::Get().Take(id, nonce);
        if (taken.block == nullptr) return;
        takers += 1;
        taken.block->Drop();
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT(takers == 1 && LiveBlock(id) == nullptr);
  }
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

void TestHandles(int rounds) {
  AHandleOwnsItsBlockUntilItIsTakenOnce();
  ARestrictedHandleYieldsViewsOnly();
  ABlockThatHasEndedIsNotShared();
  OneOfSeveralThreadsTakesAHandle(rounds);
  ThreadsShareBlocks(rounds);
}

const Suite suite("handles", TestHandles);

}  // namespace
