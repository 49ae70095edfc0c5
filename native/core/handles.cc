#include "handles.h"

#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <vector>

namespace mv {
namespace {

/// Empty where the system has no random bytes.
std::string Nonce() {
  // Not std::random_device: it wants a newer C library than the rest of the addon.
  std::array<uint8_t, 16> random;
  if (getentropy(random.data(), random.size()) != 0) return {};
  std::string nonce;
  for (const uint8_t byte : random) {
    nonce.push_back("0123456789abcdef"[byte & 15]);
    nonce.push_back("0123456789abcdef"[byte >> 4]);
  }
  return nonce;
}

}  // namespace

Handles& Handles::Get() {
  static auto* const handles = new Handles;
  return *handles;
}

std::string Handles::Make(Block& block, const void* maker, bool readonly) {
  std::string nonce = Nonce();
  if (nonce.empty() || !block.AddOwner()) return {};
  block.Ref();
  Ledger::Get().InFlight(1);
  std::lock_guard<std::mutex> lock(mutex_);
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
