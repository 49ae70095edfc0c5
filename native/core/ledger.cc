#include "ledger.h"

#include "block.h"
#include "forever.h"

namespace mv {

Ledger& Ledger::Get() { return Forever<Ledger>(); }

Stats Ledger::Read() const {
  std::lock_guard<std::mutex> lock(mutex_);
  Stats stats = counts_;
  stats.pinned = static_cast<uint64_t>(pinned_.load(std::memory_order_relaxed));
  stats.in_flight = static_cast<uint64_t>(in_flight_.load(std::memory_order_relaxed));
  stats.retired_bytes = static_cast<uint64_t>(retired_bytes_.load(std::memory_order_relaxed));
  stats.kept_blocks = static_cast<uint64_t>(kept_blocks_.load(std::memory_order_relaxed));
  stats.kept_bytes = static_cast<uint64_t>(kept_bytes_.load(std::memory_order_relaxed));
  return stats;
}

Block* Ledger::Find(uint64_t id) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = live_.find(id);
  if (found == live_.end()) return nullptr;
  // A block leaves the ledger before its last reference goes, so the pointer is valid under the lock.
  found->second->Ref();
  return found->second;
}

void Ledger::ForEach(const std::function<void(Block&)>& visit) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [id, block] : live_) visit(*block);
}

void Ledger::Enter(Block& block, uint64_t& id) {
  std::lock_guard<std::mutex> lock(mutex_);
  // Under the lock, so that a visit on another thread never meets a block without its id.
  id = ++last_id_;
  live_.emplace(id, &block);
  const auto kind = static_cast<size_t>(block.kind());
  counts_.allocated += 1;
  counts_.blocks += 1;
  counts_.bytes += block.size();
  counts_.kind_blocks[kind] += 1;
  counts_.kind_bytes[kind] += block.size();
  if (counts_.bytes > counts_.peak_bytes) counts_.peak_bytes = counts_.bytes;
}

void Ledger::Leave(Block& block) {
  std::lock_guard<std::mutex> lock(mutex_);
  live_.erase(block.id());
  const auto kind = static_cast<size_t>(block.kind());
  counts_.released += 1;
  counts_.blocks -= 1;
  counts_.bytes -= block.size();
  counts_.kind_blocks[kind] -= 1;
  counts_.kind_bytes[kind] -= block.size();
}

}  // namespace mv
