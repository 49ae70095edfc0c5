// The counts of blocks and of parts, and the table of live blocks.
//
// One mutex protects the table, the counts and the lanes' list; TypeScript writes to the lanes without it.
// Counts that a thread changes often (pins, handles, retired bytes) are atomics of their own. All of it runs
// on any thread; ledger.h states what counts when.
#include "ledger.h"

#include <algorithm>

#include "arena.h"
#include "block.h"
#include "forever.h"
#include "relaxed.h"

namespace mv {

namespace {

/// The ids of slabs, which no program sees, begin here; JavaScript's numbers still hold them.
constexpr uint64_t kFirstSlabId = uint64_t{1} << 52;

uint64_t Load(double& count) { return static_cast<uint64_t>(LoadRelaxed(count)); }

}  // namespace

Ledger& Ledger::Get() { return Forever<Ledger>(); }

Stats Ledger::Read() {
  std::lock_guard<std::mutex> lock(mutex_);
  NotePeak();
  Stats stats = counts_;
  const Parts made = Made();
  const uint64_t count = made.count - gone_.count;
  const uint64_t bytes = made.bytes - gone_.bytes;
  stats.blocks += count;
  stats.bytes += bytes;
  stats.kind_blocks[static_cast<size_t>(Kind::kArena)] += count;
  stats.kind_bytes[static_cast<size_t>(Kind::kArena)] += bytes;
  stats.allocated += made.count - moved_;
  stats.released += gone_.count - moved_;
  stats.pinned = static_cast<uint64_t>(pinned_.load(std::memory_order_relaxed));
  stats.in_flight = static_cast<uint64_t>(in_flight_.load(std::memory_order_relaxed));
  stats.retired_bytes = static_cast<uint64_t>(retired_bytes_.load(std::memory_order_relaxed));
  stats.kept_blocks = static_cast<uint64_t>(kept_blocks_.load(std::memory_order_relaxed));
  stats.kept_bytes = static_cast<uint64_t>(kept_bytes_.load(std::memory_order_relaxed));
  return stats;
}

void Ledger::ForEach(const std::function<void(Block&)>& visit,
                     const std::function<void(SlabBlock&)>& visit_slab) {
  std::lock_guard<std::mutex> lock(mutex_);
  live_.ForEach([&](Listed& listed) { visit(static_cast<Block&>(listed)); });
  if (!visit_slab) return;
  for (SlabBlock* slab : slabs_) visit_slab(*slab);
}

uint64_t Ledger::TakeId() {
  const uint32_t low = ids_.low.fetch_add(1, std::memory_order_relaxed) + 1;
  if ((low << 1) == 0) ids_.half_rounds.fetch_add(1, std::memory_order_relaxed);
  uint64_t half_rounds = ids_.half_rounds.load(std::memory_order_relaxed);
  if ((half_rounds & 1) != low >> 31) half_rounds += 1;
  return half_rounds << 31 | (low & 0x7fffffff);
}

Ledger::Parts Ledger::Made() const {
  Parts made = closed_;
  for (PartLane* lane : open_) {
    made.count += Load(lane->count);
    made.bytes += Load(lane->bytes);
  }
  return made;
}

void Ledger::NotePeak() {
  counts_.peak_bytes = std::max(counts_.peak_bytes, counts_.bytes + Made().bytes - gone_.bytes);
}

PartLane* Ledger::OpenLane() {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const std::unique_ptr<PartLane>& lane : lanes_) {
    if (std::find(open_.begin(), open_.end(), lane.get()) != open_.end()) continue;
    open_.push_back(lane.get());
    return lane.get();
  }
  lanes_.push_back(std::make_unique<PartLane>());
  open_.push_back(lanes_.back().get());
  return open_.back();
}

void Ledger::CloseLane(PartLane* lane) {
  std::lock_guard<std::mutex> lock(mutex_);
  closed_.count += Load(lane->count);
  closed_.bytes += Load(lane->bytes);
  *lane = {};
  std::erase(open_, lane);
}

void Ledger::Add(Block& block, uint64_t id) {
  live_.Add(block, id);
  const auto kind = static_cast<size_t>(block.kind());
  counts_.allocated += 1;
  counts_.blocks += 1;
  counts_.bytes += block.size();
  counts_.kind_blocks[kind] += 1;
  counts_.kind_bytes[kind] += block.size();
}

void Ledger::Enter(Block& block) {
  std::lock_guard<std::mutex> lock(mutex_);
  // Under the lock, so that a visit on another thread never meets a block without its id.
  if (!block.counted()) {
    slabs_.insert(block.AsSlab());
    block.listed_id = kFirstSlabId + slab_id_++;
    return;
  }
  Add(block, TakeId());
}

void Ledger::EnterPart(Block& block, uint64_t id, SlabBlock& slab, uint64_t index) {
  std::lock_guard<std::mutex> lock(mutex_);
  Add(block, id);
  slab.Moved(index);
  moved_ += 1;
  gone_.count += 1;
  gone_.bytes += block.size();
}

void Ledger::Leave(Block& block) {
  std::lock_guard<std::mutex> lock(mutex_);
  NotePeak();
  if (!block.counted()) {
    EndParts(*block.AsSlab());
    slabs_.erase(block.AsSlab());
    return;
  }
  live_.Remove(block);
  const auto kind = static_cast<size_t>(block.kind());
  counts_.released += 1;
  counts_.blocks -= 1;
  counts_.bytes -= block.size();
  counts_.kind_blocks[kind] -= 1;
  counts_.kind_bytes[kind] -= block.size();
}

void Ledger::EndParts(SlabBlock& slab) {
  gone_.count += slab.PartCount();
  gone_.bytes += slab.PartBytes();
  slab.Forget();
}

void Ledger::PartsEnded(SlabBlock& slab) {
  std::lock_guard<std::mutex> lock(mutex_);
  NotePeak();
  EndParts(slab);
}

}  // namespace mv
