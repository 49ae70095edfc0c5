#include "handles.h"

#include <random>
#include <vector>

namespace mv {
namespace {

std::string Nonce() {
  static auto* const source = new std::random_device;
  std::string nonce;
  for (int word = 0; word < 4; ++word) {
    uint32_t bits = (*source)();
    for (int digit = 0; digit < 8; ++digit, bits >>= 4) nonce.push_back("0123456789abcdef"[bits & 15]);
  }
  return nonce;
}

}  // namespace

Handles& Handles::Get() {
  static auto* const handles = new Handles;
  return *handles;
}

std::string Handles::Make(Block& block, const void* maker, bool readonly) {
  if (!block.AddOwner()) return {};
  block.Ref();
  Ledger::Get().InFlight(1);
  std::lock_guard<std::mutex> lock(mutex_);
  std::string nonce = Nonce();
  in_flight_.emplace(nonce, InFlight{&block, maker, readonly});
  return nonce;
}

Handles::Taken Handles::Take(uint64_t id, const std::string& nonce) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = in_flight_.find(nonce);
  if (found == in_flight_.end() || found->second.block->id() != id) return {};
  const Taken taken{found->second.block, found->second.readonly};
  in_flight_.erase(found);
  Ledger::Get().InFlight(-1);
  return taken;
}

void Handles::DropAllOf(const void* maker) {
  std::vector<Block*> dropped;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (auto at = in_flight_.begin(); at != in_flight_.end();) {
      if (at->second.maker != maker) {
        ++at;
        continue;
      }
      dropped.push_back(at->second.block);
      at = in_flight_.erase(at);
      Ledger::Get().InFlight(-1);
    }
  }
  // Outside of the lock: ending a block takes others.
  for (Block* block : dropped) block->Drop();
}

}  // namespace mv
