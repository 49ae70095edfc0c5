// The counts of a block, and what happens when they reach zero.
//
// One atomic word holds a closed bit, the owners and the pins. A compare-and-swap changes it, so exactly
// one thread closes the block, and that thread calls End. References are a second counter; the thread
// that drops the last one gives the addresses back and deletes the block. A mutex protects holders,
// waiting functions and the trace. All of it runs on any thread. block.h draws the states.
#include "block.h"

#include <algorithm>

#include "forever.h"

namespace mv {

Block::Block(Kind kind, std::string_view label, std::chrono::steady_clock::time_point born)
    : kind_(kind), counted_(true), born_(born) {
  if (!label.empty()) NeedExtras().label = label;
}

Block::Block(Kind kind, std::string_view label, Uncounted)
    : kind_(kind), counted_(false), born_(std::chrono::steady_clock::now()) {
  if (!label.empty()) NeedExtras().label = label;
}

Block::~Block() { std::unique_ptr<Extras>(extras_.load(std::memory_order_relaxed)).reset(); }

Block::Extras& Block::NeedExtras() {
  Extras* known = extras();
  if (known != nullptr) return *known;
  auto made = std::make_unique<Extras>();
  if (!extras_.compare_exchange_strong(known, made.get(), std::memory_order_acq_rel)) return *known;
  return *made.release();
}

const std::string& Block::label() const {
  const Extras* known = extras();
  return known == nullptr ? Forever<std::string>() : known->label;
}

void Block::Born(void* base, size_t size) {
  base_ = base;
  size_ = size;
  Ledger::Get().Enter(*this);
}

void Block::BornOf(SlabBlock& slab, uint64_t index, uint64_t id, void* base, size_t size) {
  base_ = base;
  size_ = size;
  Ledger::Get().EnterPart(*this, id, slab, index);
}

void Block::Unref() {
  if (refs_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (ended_) {
    Ledger::Get().Retired(-static_cast<int64_t>(size_));
    if (keeps_addresses()) {
      Ledger::Get().Kept(static_cast<int64_t>(size_));
    } else {
      GiveBackAddresses();
    }
  }
  delete this;
}

bool Block::AddOwner() {
  uint64_t seen = counts_.load(std::memory_order_relaxed);
  do {
    if ((seen & kClosed) != 0) return false;
  } while (!counts_.compare_exchange_weak(seen, seen + kOwner, std::memory_order_acq_rel));
  return true;
}

bool Block::TakeOwner() {
  uint64_t seen = counts_.load(std::memory_order_relaxed);
  uint64_t next;
  do {
    next = seen - kOwner;
    if (next == 0) next = kClosed;
  } while (!counts_.compare_exchange_weak(seen, next, std::memory_order_acq_rel));
  return next == kClosed;
}

void Block::DropOwner() {
  if (TakeOwner()) End();
}

void Block::Drop() {
  // A single reference is the caller's, and no other thread can take one of a closed block. The addresses go
  // back next, so End may skip the overlay.
  if (TakeOwner()) End(refs_.load(std::memory_order_acquire) == 1);
  Unref();
}

Block::Release Block::BeginRelease() {
  uint64_t seen = counts_.load(std::memory_order_relaxed);
  uint64_t next;
  do {
    if ((seen & kClosed) != 0) return Release::kNone;
    if ((seen & kPins) != 0) return Release::kPinned;
    next = seen - kOwner;
    if (next == 0) next = kClosed;
  } while (!counts_.compare_exchange_weak(seen, next, std::memory_order_acq_rel));
  return next == kClosed ? Release::kLast : Release::kShared;
}

bool Block::CancelRelease(Release begun) {
  if (begun == Release::kShared || begun == Release::kNone) return AddOwner();
  // This thread closed the block and did not end it yet, so no other thread changes the word.
  if (begun == Release::kLast) counts_.store(kOwner, std::memory_order_release);
  return true;
}

void Block::FinishRelease(Release begun) {
  if (begun == Release::kLast) End();
}

bool Block::Pin(std::string_view holder) {
  // The name comes first: if it can't be stored, nothing is pinned.
  Name(holder);
  uint64_t seen = counts_.load(std::memory_order_relaxed);
  do {
    if ((seen & kClosed) != 0 || (seen & kPins) == kPins) {
      Unname(holder);
      return false;
    }
  } while (!counts_.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel));
  Ref();
  if ((seen & kPins) == 0) Ledger::Get().Pinned(1);
  return true;
}

void Block::Name(std::string_view holder) {
  Extras& extras = NeedExtras();
  std::lock_guard<std::mutex> lock(extras.mutex);
  for (auto& [name, count] : extras.holders) {
    if (name == holder) {
      count += 1;
      return;
    }
  }
  extras.holders.emplace_back(holder, 1);
}

void Block::Unname(std::string_view holder) {
  Extras* known = extras();
  if (known == nullptr) return;
  std::lock_guard<std::mutex> lock(known->mutex);
  Holders& holders = known->holders;
  const auto found =
      std::find_if(holders.begin(), holders.end(), [&](const auto& each) { return each.first == holder; });
  if (found != holders.end() && --found->second == 0) holders.erase(found);
}

void Block::Unpin(std::string_view holder) {
  Unname(holder);
  uint64_t seen = counts_.load(std::memory_order_relaxed);
  uint64_t next;
  do {
    next = seen - 1;
    if (next == 0) next = kClosed;
  } while (!counts_.compare_exchange_weak(seen, next, std::memory_order_acq_rel));
  if ((seen & kPins) == 1) {
    Ledger::Get().Pinned(-1);
    std::vector<std::function<void()>> waiting;
    if (Extras* known = extras(); known != nullptr) {
      std::lock_guard<std::mutex> lock(known->mutex);
      waiting.swap(known->unpinned);
    }
    if (next == kClosed) End();
    for (const auto& notify : waiting) notify();
  }
  Unref();
}

void Block::Keep(Kept kept) {
  Kept seen = kept_.load(std::memory_order_relaxed);
  while (seen < kept && !kept_.compare_exchange_weak(seen, kept, std::memory_order_relaxed)) {
  }
}

uint32_t Block::pins() const {
  return static_cast<uint32_t>(counts_.load(std::memory_order_acquire) & kPins);
}

bool Block::closed() const { return (counts_.load(std::memory_order_acquire) & kClosed) != 0; }

Block::Holders Block::holders() const {
  Extras* known = extras();
  if (known == nullptr) return {};
  std::lock_guard<std::mutex> lock(known->mutex);
  return known->holders;
}

void Block::WhenUnpinned(std::function<void()> notify) {
  // A pin makes them.
  if (Extras* known = extras(); known != nullptr) {
    std::lock_guard<std::mutex> lock(known->mutex);
    // Unpin lowers the count before it takes this lock. If the count is above zero here, Unpin will see the
    // entry.
    if (pins() != 0) {
      known->unpinned.push_back(std::move(notify));
      return;
    }
  }
  notify();
}

std::string Block::trace() const {
  Extras* known = extras();
  if (known == nullptr) return {};
  std::lock_guard<std::mutex> lock(known->mutex);
  return known->trace;
}

void Block::SetTrace(std::string trace) {
  Extras& extras = NeedExtras();
  std::lock_guard<std::mutex> lock(extras.mutex);
  extras.trace = std::move(trace);
}

void Block::End(bool unmapping) {
  Ledger::Get().Leave(*this);
  Ledger::Get().Retired(static_cast<int64_t>(size_));
  ended_ = true;
  const Kept kept = kept_.load(std::memory_order_relaxed);
  if (kept != Kept::kWhole) GiveBack(unmapping && kept == Kept::kNothing);
}

}  // namespace mv
