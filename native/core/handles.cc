// The table of handles in flight; handles.h states ownership and threads.
#include "handles.h"

#include <array>

#include "forever.h"
#include "system.h"

namespace mv {
namespace {

/// Empty if the system has no random bytes.
std::string Nonce() {
  std::array<uint8_t, 16> random;
  if (!FillRandom(random.data(), random.size())) return {};
  std::string nonce;
  for (const uint8_t byte : random) {
    nonce.push_back("0123456789abcdef"[byte & 15]);
    nonce.push_back("0123456789abcdef"[byte >> 4]);
  }
  return nonce;
}

}  // namespace

Handles& Handles::Get() { return Forever<Handles>(); }

std::string Handles::Make(Block& block, const void* maker, bool readonly) {
  std::string nonce = Nonce();
  if (nonce.empty()) return {};
  // Steps that may fail for lack of memory come before steps that would have to be undone.
  std::list<InFlight> made;
  made.push_back({nonce, &block, maker, readonly});
  {
    std::lock_guard<std::mutex> lock(mutex_);
    places_.emplace(made.front().nonce, made.begin());
    if (!block.AddOwner()) {
      places_.erase(made.front().nonce);
      return {};
    }
    block.Ref();
    in_flight_.splice(in_flight_.begin(), made);
    Ledger::Get().InFlight(1);
  }
  return nonce;
}

Handles::Place Handles::Find(uint64_t id, std::string_view nonce) {
  const auto found = places_.find(nonce);
  return found == places_.end() || found->second->block->id() != id ? in_flight_.end() : found->second;
}

bool Handles::Restrict(uint64_t id, std::string_view nonce) {
  std::lock_guard<std::mutex> lock(mutex_);
  const Place found = Find(id, nonce);
  if (found == in_flight_.end()) return false;
  found->look_only = true;
  return true;
}

Handles::Taken Handles::Take(uint64_t id, std::string_view nonce, bool view) {
  std::lock_guard<std::mutex> lock(mutex_);
  const Place found = Find(id, nonce);
  if (found == in_flight_.end()) return {};
  if (found->look_only && !view) return {.refused = true};
  const Taken taken{found->block, found->readonly, found->look_only};
  places_.erase(found->nonce);
  in_flight_.erase(found);
  Ledger::Get().InFlight(-1);
  return taken;
}

void Handles::DropAllOf(const void* maker) {
  std::list<InFlight> dropped;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (Place at = in_flight_.begin(); at != in_flight_.end();) {
      const Place each = at++;
      if (each->maker != maker) continue;
      places_.erase(each->nonce);
      dropped.splice(dropped.begin(), in_flight_, each);
      Ledger::Get().InFlight(-1);
    }
  }
  // Outside the lock, because the end of a block takes other locks.
  for (const InFlight& each : dropped) each.block->Drop();
}

}  // namespace mv
