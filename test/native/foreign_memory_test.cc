// Memory of another library, which is given back once.
#include "../../native/core/foreign_memory.h"

#include "expect.h"

namespace {

void ForeignMemoryIsGivenBackOnce() {
  char bytes[10];
  int given = 0;
  auto* block = new mv::ForeignBlock(bytes, sizeof bytes, "theirs");
  block->Arm([&] { given += 1; });
  EXPECT(block->Pin("test"));
  block->Drop();
  EXPECT(given == 0);
  block->Unpin("test");
  EXPECT(given == 1);
  auto* unarmed = new mv::ForeignBlock(bytes, sizeof bytes, "");
  unarmed->Drop();
  EXPECT(given == 1);
}

void TestForeignMemory(int) { ForeignMemoryIsGivenBackOnce(); }

const Suite suite("foreign_memory", TestForeignMemory);

}  // namespace
