// Secret blocks: zeroed, locked, and wiped at their end. test/lifetime asks what the process's end wipes.
#include "../../native/core/secret_memory.h"

#include <cstring>
#include <vector>

#include "expect.h"

namespace {

using mv::Block;

char* BytesOf(const Block* block) { return static_cast<char*>(block->base()); }

void ASecretIsWipedWhenItEnds() {
  int outcome = 1;
  Block* block = mv::MakeSecretBlock(100, 64, "key", outcome);
  EXPECT(block != nullptr && outcome == 0 && block->size() == 100 && block->label() == "key");
  EXPECT(reinterpret_cast<uintptr_t>(block->base()) % 64 == 0 && block->CanOverlay());
  for (size_t i = 0; i < 100; ++i) EXPECT(BytesOf(block)[i] == 0);
  std::memset(block->base(), 's', 100);
  block->FinishRelease(block->BeginRelease());
  // A stale address finds zeros.
  for (size_t i = 0; i < 100; ++i) EXPECT(BytesOf(block)[i] == 0);
  block->Unref();
}

void APinKeepsASecretThatItsOwnerDropped() {
  int outcome = 1;
  Block* block = mv::MakeSecretBlock(8, 1, "", outcome);
  std::memset(block->base(), 's', 8);
  EXPECT(block->Pin("work"));
  block->Ref();
  block->Drop();
  EXPECT(BytesOf(block)[7] == 's');
  block->Unpin("work");
  EXPECT(BytesOf(block)[7] == 0);
  block->Unref();
}

// The blocks link each other; each may leave first.
void SecretsEndInAnyOrder() {
  for (const size_t first : {size_t{0}, size_t{1}, size_t{2}}) {
    std::vector<Block*> blocks;
    int outcome = 1;
    for (int i = 0; i < 3; ++i) blocks.push_back(mv::MakeSecretBlock(8, 1, "", outcome));
    for (size_t i = 0; i < 3; ++i) blocks[(first + i) % 3]->Drop();
  }
}

void WhatTheSystemRefusesIsAnErrno() {
  int outcome = 0;
  EXPECT(mv::MakeSecretBlock(SIZE_MAX / 2, 64, "", outcome) == nullptr);
}

void TestSecrets(int) {
  ASecretIsWipedWhenItEnds();
  APinKeepsASecretThatItsOwnerDropped();
  SecretsEndInAnyOrder();
  WhatTheSystemRefusesIsAnErrno();
}

const Suite suite("secret_memory", TestSecrets);

}  // namespace
