// The life of blocks, without Node: owners, pins, references, the ledger, and threads that race over them.
#include "../../native/core/block.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "../../native/core/engine_memory.h"
#include "expect.h"
#include "live_block.h"

namespace {

using mv::Block;
using mv::Kind;
using mv::Ledger;
using mv::Stats;

// A block whose giving back can be counted; its memory is an odd pointer into a static array.
struct Counted final : public Block {
  static inline std::atomic<int> given{0};
  static inline std::atomic<int> addresses{0};
  static inline std::atomic<int> unmapped{0};
  static inline char bytes[64];

  explicit Counted(bool overlay, size_t size = 10) : Block(Kind::kForeign, "odd"), overlay(overlay) {
    Born(bytes + 3, size);
  }
  bool CanOverlay() const override { return overlay; }
  void GiveBack(bool unmapping) override {
    given += 1;
    unmapped += unmapping ? 1 : 0;
  }
  void GiveBackAddresses() override { addresses += 1; }
  const bool overlay;
};

void Reset() { Counted::given = Counted::addresses = Counted::unmapped = 0; }

bool LedgerIsEmpty() {
  const Stats stats = Ledger::Get().Read();
  return stats.blocks == 0 && stats.bytes == 0 && stats.pinned == 0 && stats.in_flight == 0 &&
         stats.retired_bytes == 0;
}

void AReleaseEndsTheBlockAndTheLastReferenceGivesTheAddressesBack() {
  Reset();
  Block* block = new Counted(true);
  const Block::Release begun = block->BeginRelease();
  EXPECT(begun == Block::Release::kLast);
  EXPECT(block->closed() && !block->Pin("late") && !block->AddOwner());
  EXPECT(Counted::given == 0);
  block->FinishRelease(begun);
  EXPECT(Counted::given == 1 && Counted::addresses == 0);
  EXPECT(Ledger::Get().Read().retired_bytes == 10 && Ledger::Get().Read().blocks == 0);
  block->Unref();
  EXPECT(Counted::addresses == 1 && LedgerIsEmpty());
}

void ACancelledReleaseChangesNothing() {
  Reset();
  Block* block = new Counted(true);
  EXPECT(block->CancelRelease(block->BeginRelease()));
  EXPECT(!block->closed() && block->Pin("x"));
  block->Unpin("x");
  EXPECT(block->AddOwner());
  EXPECT(block->CancelRelease(block->BeginRelease()));
  block->DropOwner();
  EXPECT(Counted::given == 0);
  block->Drop();
  EXPECT(LedgerIsEmpty());
}

// Between the two halves of one owner's release the other owner ends the block; then the first one tries
// again.
void AReleaseOfAClosedBlockChangesNothing() {
  Reset();
  Block* block = new Counted(true);
  EXPECT(block->AddOwner());
  block->Ref();
  const Block::Release begun = block->BeginRelease();
  EXPECT(begun == Block::Release::kShared);
  block->Drop();
  EXPECT(!block->CancelRelease(begun));
  for (int again = 0; again < 2; again++) {
    const Block::Release none = block->BeginRelease();
    EXPECT(block->closed() && !block->AddOwner() && !block->Pin("late"));
    if (again == 0) EXPECT(!block->CancelRelease(none));
    if (again == 1) block->FinishRelease(none);
  }
  EXPECT(Counted::given == 1 && Counted::addresses == 0);
  block->Unref();
  EXPECT(Counted::addresses == 1 && LedgerIsEmpty());
}

void APinForbidsTheReleaseAndOutlivesTheOwners() {
  Reset();
  Block* block = new Counted(true);
  EXPECT(block->Pin("borrow") && block->Pin("copy") && block->Pin("borrow"));
  EXPECT(block->pins() == 3 && block->holders().size() == 2 && Ledger::Get().Read().pinned == 1);
  EXPECT(block->BeginRelease() == Block::Release::kPinned);
  int notified = 0;
  block->WhenUnpinned([&] { notified += 1; });
  block->Drop();
  EXPECT(Counted::given == 0 && !block->closed());
  block->Unpin("borrow");
  block->Unpin("copy");
  EXPECT(notified == 0 && Counted::given == 0);
  block->Unpin("borrow");
  EXPECT(notified == 1 && Counted::given == 1 && Counted::addresses == 1 && LedgerIsEmpty());
}

void TheLastOwnerEndsIt() {
  Reset();
  Block* block = new Counted(true);
  block->Ref();
  EXPECT(block->AddOwner());
  const Block::Release begun = block->BeginRelease();
  EXPECT(begun == Block::Release::kShared);
  block->FinishRelease(begun);
  EXPECT(Counted::given == 0 && !block->closed());
  block->Unref();
  EXPECT(LiveBlock(block->id()) == block);
  block->Unref();
  const uint64_t id = block->id();
  block->Drop();
  EXPECT(Counted::unmapped == 1 && Counted::addresses == 1);  // an overlay could not be seen
  EXPECT(LiveBlock(id) == nullptr && LedgerIsEmpty());
}

void KeptAddressesAreOverlaidAndNeverGivenBack() {
  Reset();
  const uint64_t kept = Ledger::Get().Read().kept_bytes;
  Block* block = new Counted(true);
  block->KeepAddresses();
  block->Drop();
  EXPECT(Counted::given == 1 && Counted::unmapped == 0 && Counted::addresses == 0);
  EXPECT(Ledger::Get().Read().retired_bytes == 0 && Ledger::Get().Read().kept_bytes == kept + 10);
}

void WhatCannotBeOverlaidIsGivenBackOnce() {
  Reset();
  (new Counted(false))->Drop();
  EXPECT(Counted::given == 1 && Counted::addresses == 1);
}

void TheEnginesMemoryIsCountedAndNotTouched() {
  const Stats before = Ledger::Get().Read();
  char bytes[100] = "the engine's";
  Block* block = new mv::EngineBlock(mv::Kind::kHeap, bytes, sizeof bytes, "engine");
  EXPECT(Ledger::Get().Read().bytes == before.bytes + sizeof bytes);
  EXPECT(block->base() == bytes && !block->CanOverlay());
  EXPECT(block->Pin("borrow") && block->BeginRelease() == Block::Release::kPinned);
  block->Unpin("borrow");
  block->FinishRelease(block->BeginRelease());
  EXPECT(Ledger::Get().Read().bytes == before.bytes);
  block->Unref();
  EXPECT(Ledger::Get().Read().retired_bytes == before.retired_bytes);
  EXPECT(std::strcmp(bytes, "the engine's") == 0);
}

// Owners, pins and waiters come and go on all threads; in the end each block was given back exactly once.
void ThreadsRaceOverBlocks(int rounds) {
  Reset();
  for (int round = 0; round < rounds; ++round) {
    Block* block = new Counted(round % 2 == 0);
    const uint64_t id = block->id();
    std::atomic<int> notified{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      block->Ref();
      EXPECT(block->AddOwner());
      threads.emplace_back([block, id, t, &notified] {
        for (int i = 0; i < 20; ++i) {
          if (block->Pin(t % 2 == 0 ? "even" : "odd")) {
            if (i == 7) block->WhenUnpinned([&notified] { notified += 1; });
            block->Unpin(t % 2 == 0 ? "even" : "odd");
          }
          if (Block* found = LiveBlock(id)) {
            (void)found->holders();
            found->Unref();
          }
          Ledger::Get().ForEach([](Block& each) { (void)each.pins(); });
          const Block::Release begun = block->BeginRelease();
          if (begun == Block::Release::kPinned) continue;
          if (i % 3 == 0 || t == 3) {
            block->FinishRelease(begun);
            block->Unref();
            return;
          }
          if (!block->CancelRelease(begun)) {
            block->Unref();
            return;
          }
        }
        block->Drop();
      });
    }
    block->Drop();
    for (std::thread& thread : threads) thread.join();
    EXPECT(LiveBlock(id) == nullptr);
  }
  EXPECT(Counted::addresses == rounds);
  EXPECT(Ledger::Get().Read().pinned == 0);
}

void TestBlocks(int rounds) {
  AReleaseEndsTheBlockAndTheLastReferenceGivesTheAddressesBack();
  ACancelledReleaseChangesNothing();
  AReleaseOfAClosedBlockChangesNothing();
  APinForbidsTheReleaseAndOutlivesTheOwners();
  TheLastOwnerEndsIt();
  KeptAddressesAreOverlaidAndNeverGivenBack();
  WhatCannotBeOverlaidIsGivenBackOnce();
  TheEnginesMemoryIsCountedAndNotTouched();
  ThreadsRaceOverBlocks(rounds);
}

const Suite suite("block", TestBlocks);

}  // namespace
