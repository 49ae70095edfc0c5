// Pins that JS holds through its entries: those that it takes off itself, and loans, which end with an
// object.
#include <algorithm>
#include <utility>

#include "environment.h"

namespace mv {

namespace {

// Pins the block and notes the pin in its entry, or does neither.
bool PinAndNote(Entry& entry, HeldPin pin) {
  entry.pins.push_back(std::move(pin));
  bool pinned = false;
  try {
    pinned = entry.block->Pin(entry.pins.back().holder);
  } catch (...) {
    entry.pins.pop_back();
    throw;
  }
  if (!pinned) entry.pins.pop_back();
  return pinned;
}

}  // namespace

bool Environment::Pin(Entry& entry, std::string_view holder) {
  return PinAndNote(entry, {std::string(holder)});
}

bool Environment::Unpin(Entry& entry, std::string_view holder) {
  // The latest first, because pins mostly end in reverse order.
  const auto found = std::find_if(entry.pins.rbegin(), entry.pins.rend(), [&](const HeldPin& pin) {
    return pin.loan == 0 && (holder.empty() || pin.holder == holder);
  });
  if (found == entry.pins.rend()) return false;
  const std::string name = std::move(found->holder);
  entry.pins.erase(std::next(found).base());
  entry.block->Unpin(name);
  return true;
}

uint64_t Environment::Lend(Entry& entry, std::string_view holder) {
  return PinAndNote(entry, {std::string(holder), loans_ + 1}) ? ++loans_ : 0;
}

void Environment::EndLoan(uint64_t id, uint64_t loan) {
  Settle();
  Entry* entry = Find(id);
  if (entry == nullptr) return;
  const auto found = std::find_if(entry->pins.begin(), entry->pins.end(),
                                  [&](const HeldPin& pin) { return pin.loan == loan; });
  if (found == entry->pins.end()) return;
  // Bytes that were moved are in another ArrayBuffer now: only the end of the store ends their use.
  if (!IsInPlace(*entry) && !IsStoreGone(*entry)) {
    found->ended = true;
    return;
  }
  const std::string name = std::move(found->holder);
  entry->pins.erase(found);
  entry->block->Unpin(name);
}

void Environment::DropEndedPins(Entry& entry) {
  if (!IsStoreGone(entry)) return;
  for (const HeldPin& pin : entry.pins) {
    if (pin.ended) entry.block->Unpin(pin.holder);
  }
  std::erase_if(entry.pins, [](const HeldPin& pin) { return pin.ended; });
}

void Environment::DropPins(Entry& entry) {
  for (const HeldPin& pin : entry.pins) entry.block->Unpin(pin.holder);
  entry.pins.clear();
}

}  // namespace mv
