// Slabs without Node: this file writes records and lanes as src/memory/slab.ts does, on several threads,
// while others read counts and lists.
#include "../../native/core/arena.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "../../native/core/handles.h"
#include "expect.h"
#include "live_block.h"

namespace {

using mv::Block;
using mv::Ledger;
using mv::SlabBlock;
using mv::SlabLayout;

constexpr uint32_t kHasBlock = uint32_t{1} << 31;

void Release(Block* block) {
  const Block::Release begun = block->BeginRelease();
  EXPECT(begun != Block::Release::kPinned);
  block->FinishRelease(begun);
  block->Unref();
}

/// Stores as the machine code of JavaScript does: in one piece, with no order.
template <typename T>
void Store(T* place, T value) {
  std::atomic_ref<T>(*place).store(value, std::memory_order_relaxed);
}

uint64_t TakeId() {
  mv::IdCounter& ids = Ledger::Get().ids();
  const uint32_t low = ids.low.fetch_add(1) + 1;
  if ((low & 0x7fffffff) == 0) ids.half_rounds.fetch_add(1);
  uint64_t half_rounds = ids.half_rounds.load();
  if ((half_rounds & 1) != low >> 31) half_rounds += 1;
  return (half_rounds << 31) + (low & 0x7fffffff);
}

/// `Slab` of src/memory/slab.ts.
class Writer {
 public:
  Writer(SlabBlock* slab, mv::PartLane* lane) : slab_(slab), lane_(lane) { StartOver(); }

  void StartOver() {
    mark_ = 0;
    count_ = 0;
    bytes_ = 0;
    records_ = slab_->size() - SlabLayout::kHeaderBytes;
  }

  /// The part's first byte; null if the slab is full.
  char* Take(size_t nbytes, size_t alignment) {
    const size_t at = (mark_ + alignment - 1) & ~(alignment - 1);
    const size_t end = at + (nbytes == 0 ? 1 : nbytes);
    const size_t record = records_ - SlabLayout::kRecordWords * sizeof(uint32_t);
    if (end > record) return nullptr;
    auto* words = reinterpret_cast<uint32_t*>(base() + record);
    const uint64_t id = TakeId();
    Store(words + SlabLayout::kIdLow, static_cast<uint32_t>(id & 0x7fffffff));
    Store(words + SlabLayout::kIdHigh, static_cast<uint32_t>(id >> 31));
    Store(words + SlabLayout::kOffset, static_cast<uint32_t>(at));
    Store(words + SlabLayout::kNbytes, static_cast<uint32_t>(nbytes));
    Store(words + SlabLayout::kBorn, uint32_t{0});
    mark_ = end;
    records_ = record;
    count_ += 1;
    bytes_ += static_cast<double>(nbytes);
    auto* header = reinterpret_cast<double*>(base() + slab_->size() - SlabLayout::kHeaderBytes);
    Store(header + SlabLayout::kBytes, bytes_);
    Store(header + SlabLayout::kCount, static_cast<double>(count_));
    Store(&lane_->count, lane_->count + 1);
    Store(&lane_->bytes, lane_->bytes + static_cast<double>(nbytes));
    return base() + at;
  }

  size_t count() const { return count_; }
  char* base() const { return static_cast<char*>(slab_->base()); }

 private:
  SlabBlock* const slab_;
  mv::PartLane* const lane_;
  size_t mark_ = 0;
  size_t records_ = 0;
  size_t count_ = 0;
  double bytes_ = 0;
};

/// An environment's lane, for the time of a test.
struct Lane {
  mv::PartLane* const lane = Ledger::Get().OpenLane();
  ~Lane() { Ledger::Get().CloseLane(lane); }
};

std::set<uint64_t> LiveIds() {
  std::set<uint64_t> ids;
  Ledger::Get().ForEach(
      [&](Block& block) { EXPECT(ids.insert(block.id()).second); },
      [&](SlabBlock& slab) {
        slab.ForEachPart([&](const SlabBlock::Part& part) { EXPECT(ids.insert(part.id).second); });
      });
  return ids;
}

void PartsAreCountedAtEachStep() {
  const Lane lane;
  const mv::Stats before = Ledger::Get().Read();
  SlabBlock* slab = mv::MakeSlab(65536, 64);
  EXPECT(Ledger::Get().Read().blocks == before.blocks && LiveBlock(slab->id()) == nullptr);
  Writer writer(slab, lane.lane);
  for (uint64_t i = 1; i <= 100; ++i) {
    EXPECT(writer.Take(i, 64) != nullptr);
    const mv::Stats now = Ledger::Get().Read();
    EXPECT(now.blocks == before.blocks + i && now.bytes == before.bytes + i * (i + 1) / 2);
    EXPECT(now.allocated == before.allocated + i && now.released == before.released);
    EXPECT(now.kind_blocks[4] == i && now.kind_bytes[4] == i * (i + 1) / 2);
    EXPECT(LiveIds().size() == i);
  }
  const mv::Stats full = Ledger::Get().Read();
  EXPECT(full.peak_bytes >= full.bytes);
  Release(slab);
  const mv::Stats after = Ledger::Get().Read();
  EXPECT(after.blocks == before.blocks && after.bytes == before.bytes &&
         after.released == before.released + 100);
  EXPECT(after.peak_bytes >= before.bytes + 5050 && LiveIds().empty());
}

void ABlockOfAPartTakesItsPlace() {
  const Lane lane;
  const mv::Stats before = Ledger::Get().Read();
  SlabBlock* slab = mv::MakeSlab(4096, 64);
  Writer writer(slab, lane.lane);
  for (int i = 0; i < 3; ++i) EXPECT(writer.Take(100, 64) != nullptr);
  const std::set<uint64_t> ids = LiveIds();
  EXPECT(slab->MakePartBlock(3, "") == nullptr && slab->MakePartBlock(UINT64_MAX, "") == nullptr);
  Block* part = slab->MakePartBlock(1, "second");
  EXPECT(part->base() == writer.base() + 128 && part->size() == 100 && part->label() == "second");
  EXPECT(slab->MakePartBlock(1, "") == nullptr);
  EXPECT(LiveIds() == ids && ids.contains(part->id()));
  const mv::Stats now = Ledger::Get().Read();
  EXPECT(now.blocks == before.blocks + 3 && now.bytes == before.bytes + 300);
  EXPECT(now.allocated == before.allocated + 3 && now.released == before.released);
  EXPECT(!slab->Renew());
  EXPECT(part->Pin("test"));
  std::memset(part->base(), 7, part->size());
  Release(slab);
  // The pages stay as long as a part lives.
  EXPECT(static_cast<char*>(part->base())[99] == 7 && Ledger::Get().Read().blocks == before.blocks + 1);
  part->Drop();
  EXPECT(Ledger::Get().Read().blocks == before.blocks + 1);
  part->Unpin("test");
  const mv::Stats after = Ledger::Get().Read();
  EXPECT(after.blocks == before.blocks && after.bytes == before.bytes &&
         after.released == before.released + 3);
  EXPECT(after.retired_bytes == before.retired_bytes);
}

void ARenewedSlabIsZeroed() {
  const Lane lane;
  SlabBlock* slab = mv::MakeSlab(65536, 64);
  Writer writer(slab, lane.lane);
  const mv::Stats before = Ledger::Get().Read();
  for (int round = 0; round < 3; ++round) {
    for (size_t nbytes = 0;; ++nbytes) {
      char* place = writer.Take(nbytes, 1);
      if (place == nullptr) break;
      for (size_t at = 0; at < nbytes; ++at) EXPECT(place[at] == 0);
      std::memset(place, 255, nbytes);
    }
    EXPECT(Ledger::Get().Read().blocks == before.blocks + writer.count());
    EXPECT(slab->Renew());
    writer.StartOver();
    EXPECT(Ledger::Get().Read().blocks == before.blocks && LiveIds().empty());
  }
  Release(slab);
}

void RecordsThatNothingSensibleWroteAreRefused() {
  SlabBlock* slab = mv::MakeSlab(4096, 64);
  char* end = static_cast<char*>(slab->base()) + slab->size();
  auto* header = reinterpret_cast<double*>(end - SlabLayout::kHeaderBytes);
  auto* words = reinterpret_cast<uint32_t*>(end - SlabLayout::kHeaderBytes) - SlabLayout::kRecordWords;
  for (const double count : {1e300, -1.0, static_cast<double>(NAN), 1e9}) {
    header[SlabLayout::kCount] = count;
    EXPECT(slab->MakePartBlock(0, "") == nullptr && LiveIds().empty());
  }
  header[SlabLayout::kCount] = 1;
  for (const uint32_t wrong : {uint32_t{5000}, uint32_t{0x7fffffff}, UINT32_MAX}) {
    words[SlabLayout::kOffset] = wrong;
    words[SlabLayout::kNbytes] = 8;
    EXPECT(wrong < slab->size() || slab->MakePartBlock(0, "") == nullptr);
    words[SlabLayout::kOffset] = 8;
    words[SlabLayout::kNbytes] = wrong;
    EXPECT(wrong < slab->size() || slab->MakePartBlock(0, "") == nullptr);
  }
  words[SlabLayout::kNbytes] = kHasBlock | 8;
  EXPECT(slab->MakePartBlock(0, "") == nullptr);
  header[SlabLayout::kCount] = 0;
  Release(slab);
  EXPECT(mv::MakeSlab(SIZE_MAX / 2, 64) == nullptr && mv::MakeLoneBlock(SIZE_MAX / 2, 64, "") == nullptr);
}

void IdsGoOnPastTheRoundOf32Bits() {
  mv::IdCounter& ids = Ledger::Get().ids();
  const uint32_t low = ids.low.exchange(0x7ffffffd);
  const uint32_t half_rounds = ids.half_rounds.exchange(0);
  for (uint64_t i = 0; i < 5; ++i) EXPECT(TakeId() == 0x7ffffffe + i);
  ids.low = 0xfffffffd;
  for (uint64_t i = 0; i < 5; ++i) EXPECT(TakeId() == 0xfffffffe + i);
  // Another thread has taken the first number of the half round, and not raised the half rounds yet.
  ids.low = 0x80000000;
  ids.half_rounds = 2;
  EXPECT(TakeId() == (uint64_t{3} << 31) + 1);
  ids.low = low;
  ids.half_rounds = half_rounds;
}

// Four environments allocate from 25 arenas each. They make blocks of some parts, hand them to each other,
// and renew and drop slabs, while a fifth thread reads counts and lists.
void ThreadsAllocateAtOnce(int rounds) {
  constexpr int kArenas = 25;
  std::atomic<bool> done{false};
  std::mutex mutex;
  std::vector<std::pair<uint64_t, std::string>> mail;
  std::thread reader([&] {
    while (!done) {
      const mv::Stats stats = Ledger::Get().Read();
      EXPECT(stats.allocated >= stats.released);
      uint64_t parts = 0;
      Ledger::Get().ForEach(
          [](Block& block) { EXPECT(block.id() != 0); },
          [&](SlabBlock& slab) { slab.ForEachPart([&](const SlabBlock::Part&) { ++parts; }); });
      EXPECT(parts < 100000000);
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const Lane lane;
      const int self = t;
      for (int a = 0; a < kArenas; ++a) {
        SlabBlock* slab = mv::MakeSlab(16384, 64);
        std::optional<Writer> writer(std::in_place, slab, lane.lane);
        for (int i = 0; i < rounds; ++i) {
          char* place = writer->Take(static_cast<size_t>(i * 37 % 200), 64);
          if (place == nullptr) {
            if (slab->Renew()) {
              writer->StartOver();
              continue;
            }
            Release(slab);
            slab = mv::MakeSlab(16384, 64);
            writer.emplace(slab, lane.lane);
            continue;
          }
          EXPECT(*place == 0);
          *place = 1;
          if (i % 97 != 0) continue;
          Block* part = slab->MakePartBlock(writer->count() - 1, "part");
          const std::string nonce = mv::Handles::Get().Make(*part, &self, false);
          if (part->Pin("work")) part->Unpin("work");
          const std::lock_guard<std::mutex> lock(mutex);
          mail.emplace_back(part->id(), nonce);
          part->Drop();
          const auto& letter = mail[static_cast<size_t>(i) % mail.size()];
          const mv::Handles::Taken taken = mv::Handles::Get().Take(letter.first, letter.second);
          if (taken.block != nullptr) taken.block->Drop();
        }
        Release(slab);
      }
      mv::Handles::Get().DropAllOf(&self);
    });
  }
  for (std::thread& thread : threads) thread.join();
  done = true;
  reader.join();
  const mv::Stats stats = Ledger::Get().Read();
  EXPECT(stats.blocks == 0 && stats.bytes == 0 && stats.in_flight == 0 && stats.pinned == 0);
  EXPECT(stats.retired_bytes == 0 && stats.allocated == stats.released);
}

void ALoneBlockIsAlignedAndZeroed() {
  Block* block = mv::MakeLoneBlock(100000, size_t{1} << 21, "large");
  EXPECT(reinterpret_cast<uintptr_t>(block->base()) % (size_t{1} << 21) == 0);
  EXPECT(block->kind() == mv::Kind::kArena && block->label() == "large");
  for (size_t at = 0; at < block->size(); ++at) EXPECT(static_cast<char*>(block->base())[at] == 0);
  Release(block);
}

void TestArenas(int rounds) {
  ALoneBlockIsAlignedAndZeroed();
  PartsAreCountedAtEachStep();
  ABlockOfAPartTakesItsPlace();
  ARenewedSlabIsZeroed();
  RecordsThatNothingSensibleWroteAreRefused();
  IdsGoOnPastTheRoundOf32Bits();
  ThreadsAllocateAtOnce(rounds);
}

const Suite suite("arena", TestArenas);

}  // namespace
