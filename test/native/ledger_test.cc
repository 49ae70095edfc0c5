// The ledger: what it counts follows the life of blocks, and it leads from an id to a block that lives.
#include "../../native/core/ledger.h"

#include <set>
#include <thread>
#include <vector>

#include "../../native/core/engine_memory.h"
#include "../../native/core/heap.h"
#include "expect.h"
#include "live_block.h"

namespace {

using mv::Block;
using mv::Kind;
using mv::Ledger;
using mv::Stats;

void Release(Block* block) {
  block->FinishRelease(block->BeginRelease());
  block->Unref();
}

size_t At(Kind kind) { return static_cast<size_t>(kind); }

void ItCountsTheBytesThatWereAskedFor() {
  const Stats before = Ledger::Get().Read();
  Block* block = mv::MakeHeapBlock(100001, 64, true, "counted");
  const Stats live = Ledger::Get().Read();
  EXPECT(live.blocks == before.blocks + 1 && live.bytes == before.bytes + 100001);
  EXPECT(live.kind_blocks[At(Kind::kHeap)] == before.kind_blocks[At(Kind::kHeap)] + 1);
  EXPECT(live.kind_bytes[At(Kind::kHeap)] == before.kind_bytes[At(Kind::kHeap)] + 100001);
  EXPECT(live.allocated == before.allocated + 1 && live.peak_bytes >= live.bytes);
  Release(block);
  const Stats after = Ledger::Get().Read();
  EXPECT(after.blocks == before.blocks && after.bytes == before.bytes);
  EXPECT(after.kind_blocks == before.kind_blocks && after.kind_bytes == before.kind_bytes);
  EXPECT(after.released == before.released + 1 && after.peak_bytes == live.peak_bytes);
}

void AReleasedBlockIsRetiredUntilItsLastReferenceGoes() {
  const Stats before = Ledger::Get().Read();
  Block* block = mv::MakeHeapBlock(5000, 64, true, "");
  block->FinishRelease(block->BeginRelease());
  EXPECT(Ledger::Get().Read().retired_bytes == before.retired_bytes + 5000);
  block->Unref();
  EXPECT(Ledger::Get().Read().retired_bytes == before.retired_bytes);
  EXPECT(Ledger::Get().Read().kept_bytes == before.kept_bytes);
}

void AddressesThatAreKeptAreCountedForGood() {
  const Stats before = Ledger::Get().Read();
  Block* block = mv::MakeHeapBlock(70000, 64, true, "");
  block->KeepAddresses();
  Release(block);
  const Stats after = Ledger::Get().Read();
  EXPECT(after.kept_bytes == before.kept_bytes + 70000 && after.blocks == before.blocks);
}

void OnePinnedBlockCountsOnceHoweverManyPinsItHas() {
  const Stats before = Ledger::Get().Read();
  Block* block = mv::MakeHeapBlock(10, 64, true, "");
  EXPECT(block->Pin("one") && block->Pin("two"));
  EXPECT(Ledger::Get().Read().pinned == before.pinned + 1);
  block->Unpin("one");
  EXPECT(Ledger::Get().Read().pinned == before.pinned + 1);
  block->Unpin("two");
  EXPECT(Ledger::Get().Read().pinned == before.pinned);
  Release(block);
}

void AnIdLeadsToItsBlockWhileThatLives() {
  Block* block = mv::MakeHeapBlock(10, 64, true, "found");
  const uint64_t id = block->id();
  Block* found = LiveBlock(id);
  EXPECT(found == block);
  Release(block);
  EXPECT(LiveBlock(id) == nullptr);
  // The reference that the look-up took is still good.
  EXPECT(found->closed() && found->label() == "found");
  found->Unref();
  EXPECT(LiveBlock(0) == nullptr && LiveBlock(UINT64_MAX) == nullptr);
}

void AVisitSeesWhatLivesAndIdsAreNeverUsedAgain() {
  char bytes[32];
  Block* heap = mv::MakeHeapBlock(10, 64, true, "");
  Block* engine = new mv::EngineBlock(Kind::kArena, bytes, sizeof bytes, "");
  std::set<uint64_t> seen;
  Ledger::Get().ForEach([&](Block& block) { EXPECT(seen.insert(block.id()).second); });
  EXPECT(seen.count(heap->id()) == 1 && seen.count(engine->id()) == 1);
  const uint64_t last = engine->id();
  Release(heap);
  Release(engine);
  Block* next = mv::MakeHeapBlock(10, 64, true, "");
  EXPECT(next->id() > last);
  Ledger::Get().ForEach([&](Block& block) { EXPECT(block.id() != last); });
  Release(next);
}

void ThreadsEnterLeaveAndVisit(int rounds) {
  const Stats before = Ledger::Get().Read();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < rounds; ++i) {
        Block* block = mv::MakeHeapBlock(static_cast<size_t>(i % 300), 64, false, "");
        Block* found = LiveBlock(block->id());
        EXPECT(found == block);
        found->Unref();
        if (t == 0) Ledger::Get().ForEach([](Block& each) { EXPECT(each.id() != 0); });
        Release(block);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Stats after = Ledger::Get().Read();
  EXPECT(after.blocks == before.blocks && after.bytes == before.bytes);
  EXPECT(after.allocated - before.allocated == after.released - before.released);
}

void TestLedger(int rounds) {
  ItCountsTheBytesThatWereAskedFor();
  AReleasedBlockIsRetiredUntilItsLastReferenceGoes();
  AddressesThatAreKeptAreCountedForGood();
  OnePinnedBlockCountsOnceHoweverManyPinsItHas();
  AnIdLeadsToItsBlockWhileThatLives();
  AVisitSeesWhatLivesAndIdsAreNeverUsedAgain();
  ThreadsEnterLeaveAndVisit(rounds);
}

const Suite suite("ledger", TestLedger);

}  // namespace
