// Slots: where they lie, when one is used again, and when a run of them gives its memory back.
#include "../../native/core/small_heap.h"

#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "expect.h"

namespace {

using mv::Slot;

char* BytesOf(const Slot& slot) { return static_cast<char*>(slot.base); }

void End(const Slot& slot) {
  mv::EndSlot(slot, false);
  mv::FreeSlot(slot);
}

void SlotsAreAlignedAndApart() {
  for (size_t nbytes : {size_t{0}, size_t{1}, size_t{65}, size_t{4096}, mv::kLargestSlot}) {
    for (size_t alignment = 1; alignment <= mv::kSlotAlignment; alignment *= 2) {
      std::vector<Slot> slots;
      std::set<uintptr_t> places;
      for (int i = 0; i < 20; ++i) {
        slots.push_back(mv::TakeSlot(nbytes, alignment));
        const auto place = reinterpret_cast<uintptr_t>(slots.back().base);
        EXPECT(place != 0 && place % alignment == 0);
        const auto above = places.insert(place).first;
        EXPECT(above == places.begin() || place - *std::prev(above) >= nbytes);
        if (slots.back().fresh) {
          for (size_t at = 0; at < nbytes; ++at) EXPECT(BytesOf(slots.back())[at] == 0);
        }
        std::memset(slots.back().base, 1, nbytes);
      }
      EXPECT(places.size() == slots.size());
      for (const Slot& slot : slots) End(slot);
    }
  }
}

void AnEndedSlotIsUsedAgainOnceItIsFree() {
  const Slot first = mv::TakeSlot(2000, 64);
  mv::EndSlot(first, false);
  std::vector<Slot> others;
  for (int i = 0; i < 500; ++i) {
    others.push_back(mv::TakeSlot(2000, 64));
    EXPECT(others.back().base != first.base);
  }
  mv::FreeSlot(first);
  const Slot again = mv::TakeSlot(2000, 64);
  EXPECT(again.base == first.base && !again.fresh);
  End(again);
  for (const Slot& slot : others) End(slot);
}

// Of the largest size, so that few slots fill a run.
void ARunWithoutRoomGivesItsMemoryBackWhenAllOfItHasEnded() {
  std::vector<Slot> slots;
  const Slot first = mv::TakeSlot(mv::kLargestSlot, 64);
  Slot next = first;
  for (; next.run == first.run; next = mv::TakeSlot(mv::kLargestSlot, 64)) {
    std::memset(next.base, 7, mv::kLargestSlot);
    slots.push_back(next);
  }
  End(next);
  for (size_t i = 1; i < slots.size(); ++i) mv::EndSlot(slots[i], false);
  EXPECT(BytesOf(first)[0] == 7 && BytesOf(slots.back())[0] == 7);
  mv::EndSlot(first, false);
  // The addresses are still readable.
  for (const Slot& slot : slots) EXPECT(BytesOf(slot)[0] == 0 && BytesOf(slot)[mv::kLargestSlot - 1] == 0);
  for (const Slot& slot : slots) mv::FreeSlot(slot);
}

void AKeptSlotIsNeverUsedAgain() {
  const Slot kept = mv::TakeSlot(1000, 64);
  mv::EndSlot(kept, true);
  std::vector<Slot> others;
  for (int i = 0; i < 2000; ++i) {
    others.push_back(mv::TakeSlot(1000, 64));
    EXPECT(others.back().base != kept.base);
  }
  for (const Slot& slot : others) End(slot);
  std::memset(kept.base, 1, 1000);
}

void ThreadsTakeAndFree(int rounds) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t, rounds] {
      std::vector<Slot> slots;
      for (int i = 0; i < rounds * 20; ++i) {
        const Slot slot = mv::TakeSlot(static_cast<size_t>(i * 31 % 900), 8);
        EXPECT(slot.base != nullptr);
        BytesOf(slot)[0] = static_cast<char>(t);
        slots.push_back(slot);
        if (slots.size() < 50) continue;
        for (const Slot& each : slots) {
          EXPECT(BytesOf(each)[0] == static_cast<char>(t));
          End(each);
        }
        slots.clear();
      }
      for (const Slot& each : slots) End(each);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void TestSmallHeap(int rounds) {
  SlotsAreAlignedAndApart();
  AnEndedSlotIsUsedAgainOnceItIsFree();
  ARunWithoutRoomGivesItsMemoryBackWhenAllOfItHasEnded();
  AKeptSlotIsNeverUsedAgain();
  ThreadsTakeAndFree(rounds);
}

const Suite suite("small_heap", TestSmallHeap);

}  // namespace
