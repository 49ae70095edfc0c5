// Looks a live block up by its id, among all that the ledger visits.
#ifndef MEMORYVIEW_TEST_LIVE_BLOCK_H_
#define MEMORYVIEW_TEST_LIVE_BLOCK_H_

#include <cstdint>

#include "../../native/core/block.h"
#include "../../native/core/ledger.h"

/// The block with one more reference, which the caller drops; null where none lives.
inline mv::Block* LiveBlock(uint64_t id) {
  mv::Block* found = nullptr;
  mv::Ledger::Get().ForEach([&](mv::Block& block) {
    if (block.id() != id) return;
    block.Ref();
    found = &block;
  });
  return found;
}

#endif  // MEMORYVIEW_TEST_LIVE_BLOCK_H_
