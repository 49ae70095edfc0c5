// Whole pages of the system: mapped, overlaid, forbidden, locked and unmapped.
#include "../../native/core/mapping.h"

#include <cstring>
#include <initializer_list>

#include "expect.h"

namespace {

using mv::Pages;

char* BytesOf(const Pages& pages) { return static_cast<char*>(pages.base); }

void PagesAreWholeAlignedAndZeroed() {
  const size_t page = mv::PageSize();
  for (const size_t nbytes : {size_t{1}, page, page + 1, size_t{1} << 20}) {
    for (size_t alignment = 1; alignment <= size_t{1} << 21; alignment *= 8) {
      const Pages pages = mv::MapPages(nbytes, alignment);
      EXPECT(pages.base != nullptr && reinterpret_cast<uintptr_t>(pages.base) % alignment == 0);
      EXPECT(pages.nbytes >= nbytes && pages.nbytes % page == 0);
      EXPECT(BytesOf(pages)[0] == 0 && BytesOf(pages)[pages.nbytes - 1] == 0);
      std::memset(pages.base, 1, pages.nbytes);
      mv::UnmapPages(pages);
    }
  }
  for (const size_t nbytes : {SIZE_MAX, SIZE_MAX - page, size_t{1} << 55}) {
    EXPECT(mv::MapPages(nbytes, 1).base == nullptr && mv::MapPages(nbytes, size_t{1} << 21).base == nullptr);
  }
}

void OverlaidPagesAreZerosThatCanBeWritten() {
  const Pages pages = mv::MapPages(3 * mv::PageSize(), 1);
  std::memset(pages.base, 7, pages.nbytes);
  mv::OverlayPages(pages);
  for (size_t i = 0; i < pages.nbytes; ++i) EXPECT(BytesOf(pages)[i] == 0);
  std::memset(pages.base, 8, pages.nbytes);
  mv::UnmapPages(pages);
}

void ForbiddenPagesAreStillOurs() {
  const Pages pages = mv::MapPages(1, 1);
  EXPECT(pages.base != nullptr && pages.nbytes == mv::PageSize());
  static_cast<char*>(pages.base)[0] = 1;
  mv::ForbidPages(pages);
  mv::OverlayPages(pages);
  EXPECT(static_cast<char*>(pages.base)[0] == 0);
  mv::UnmapPages(pages);
}

void OnlyPagesInsideARangeAreWhole() {
  const size_t page = mv::PageSize();
  const Pages pages = mv::MapPages(4 * page, page);
  char* bytes = BytesOf(pages);
  EXPECT(mv::WholePagesIn(bytes, 4 * page).nbytes == 4 * page);
  const Pages inside = mv::WholePagesIn(bytes + 1, 3 * page);
  EXPECT(inside.base == bytes + page && inside.nbytes == 2 * page);
  EXPECT(mv::WholePagesIn(bytes + 1, page).nbytes == 0 && mv::WholePagesIn(bytes, 0).nbytes == 0);
  mv::UnmapPages(pages);
}

void PagesAreLockedAndUnlocked() {
  const Pages pages = mv::MapPages(mv::PageSize(), 1);
  EXPECT(mv::LockPages(pages, true) == 0);
  BytesOf(pages)[0] = 1;
  EXPECT(mv::LockPages(pages, false) == 0 && BytesOf(pages)[0] == 1);
  mv::UnmapPages(pages);
}

void TestMappings(int) {
  PagesAreWholeAlignedAndZeroed();
  OverlaidPagesAreZerosThatCanBeWritten();
  ForbiddenPagesAreStillOurs();
  OnlyPagesInsideARangeAreWhole();
  PagesAreLockedAndUnlocked();
}

const Suite suite("mapping", TestMappings);

}  // namespace
