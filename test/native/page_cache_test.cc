// Pages that are kept for the next block: under addresses that nothing knows, of one size, and never too
// many.
#include "../../native/core/page_cache.h"

#include <cstring>
#include <thread>
#include <vector>

#include "../../native/core/heap.h"
#include "expect.h"

namespace {

using mv::Pages;

bool AllAre(const Pages& pages, char byte) {
  const auto* bytes = static_cast<const char*>(pages.base);
  for (size_t i = 0; i < pages.nbytes; ++i) {
    if (bytes[i] != byte) return false;
  }
  return true;
}

Pages Filled(size_t nbytes, char byte) {
  const Pages pages = mv::MapPages(nbytes, mv::PageSize());
  EXPECT(pages.base != nullptr && pages.nbytes == nbytes);
  std::memset(pages.base, byte, nbytes);
  return pages;
}

void KeptPagesMoveAndLeaveZerosBehind() {
  const size_t nbytes = 8 * mv::PageSize();
  const Pages pages = Filled(nbytes, 'k');
  EXPECT(mv::KeepPages(pages));
  EXPECT(AllAre(pages, 0));
  // A late write does not reach what was kept.
  std::memset(pages.base, 'l', nbytes);
  const Pages taken = mv::TakeKeptPages(nbytes);
  EXPECT(taken.nbytes == nbytes && taken.base != pages.base && AllAre(taken, 'k'));
  EXPECT(mv::TakeKeptPages(nbytes).base == nullptr);
  mv::UnmapPages(taken);
  mv::UnmapPages(pages);
}

void OnlyARangeOfThatVerySizeIsHandedOutTheLatestFirst() {
  const size_t page = mv::PageSize();
  const Pages two = Filled(2 * page, '2');
  const Pages first = Filled(3 * page, 'f');
  const Pages second = Filled(3 * page, 's');
  EXPECT(mv::KeepPages(two) && mv::KeepPages(first) && mv::KeepPages(second));
  EXPECT(mv::TakeKeptPages(page).base == nullptr && mv::TakeKeptPages(4 * page).base == nullptr);
  const Pages latest = mv::TakeKeptPages(3 * page);
  const Pages earlier = mv::TakeKeptPages(3 * page);
  EXPECT(AllAre(latest, 's') && AllAre(earlier, 'f'));
  EXPECT(mv::DropKeptPages() == 2 * page);
  for (const Pages& pages : {two, first, second, latest, earlier}) mv::UnmapPages(pages);
}

void TheOldestMakeRoomAndOneRangeLeavesSomeForOthers() {
  const Pages large = mv::MapPages(mv::kLargestKept + mv::PageSize(), mv::PageSize());
  EXPECT(!mv::KeepPages(large) && !mv::KeepPages({}));
  const size_t third = mv::kMaxKept / 4 + mv::PageSize();
  std::vector<Pages> given;
  for (int i = 0; i < 6; ++i) {
    given.push_back(mv::MapPages(third, mv::PageSize()));
    static_cast<char*>(given.back().base)[0] = static_cast<char>('a' + i);
    EXPECT(mv::KeepPages(given.back()));
  }
  // Three fit, the latest.
  for (char expected : {'f', 'e', 'd'}) {
    const Pages taken = mv::TakeKeptPages(third);
    EXPECT(taken.base != nullptr && static_cast<char*>(taken.base)[0] == expected);
    mv::UnmapPages(taken);
  }
  EXPECT(mv::TakeKeptPages(third).base == nullptr && mv::DropKeptPages() == 0);
  for (const Pages& pages : given) mv::UnmapPages(pages);
  mv::UnmapPages(large);
}

mv::Block* Made(size_t nbytes, bool zero) {
  mv::Block* block = mv::MakeHeapBlock(nbytes, 64, zero, "");
  EXPECT(block != nullptr);
  return block;
}

void End(mv::Block* block) {
  block->FinishRelease(block->BeginRelease());
  block->Unref();
}

bool IsFilled(const mv::Block* block, char byte) { return AllAre({block->base(), block->size()}, byte); }

void BlocksTakeKeptPagesAndZeroThemIfAsked() {
  for (const size_t nbytes : {mv::kLargestZeroed, mv::kLargestKept}) {
    mv::Block* first = Made(nbytes, false);
    std::memset(first->base(), 'f', nbytes);
    End(first);
    // Pages that a copy overwrites at once are not zeroed.
    mv::Block* copy = Made(nbytes, false);
    EXPECT(IsFilled(copy, 'f'));
    End(copy);
    mv::Block* zeros = Made(nbytes, true);
    EXPECT(IsFilled(zeros, 0));
    // A large block of zeros takes fresh pages, which are zeroed as they are touched.
    EXPECT(mv::DropKeptPages() == (nbytes > mv::kLargestZeroed ? nbytes : 0));
    End(zeros);
    mv::DropKeptPages();
  }
}

/// Keeps some ranges of so many bytes each, and returns how many bytes are kept then.
size_t Kept(size_t count, size_t nbytes) {
  for (size_t i = 0; i < count; ++i) {
    const Pages pages = mv::MapPages(nbytes, mv::PageSize());
    EXPECT(mv::KeepPages(pages));
    mv::UnmapPages(pages);
  }
  return mv::DropKeptPages();
}

void AsManyRangesAreKeptAsTheirNumberAndTheirBytesAllow() {
  const size_t small = mv::PageSize();
  EXPECT(Kept(mv::kMaxKeptRanges + 10, small) == mv::kMaxKeptRanges * small);
  const size_t large = 16 * mv::kMaxKept / mv::kMaxKeptRanges;
  EXPECT(Kept(mv::kMaxKept / large + 10, large) == mv::kMaxKept);
}

void ThreadsKeepAndTake(int rounds) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([rounds, t] {
      for (int i = 0; i < rounds; ++i) {
        const size_t nbytes = static_cast<size_t>(1 + i % 3) * mv::PageSize();
        Pages pages = mv::TakeKeptPages(nbytes);
        if (pages.base == nullptr) pages = mv::MapPages(nbytes, mv::PageSize());
        std::memset(pages.base, t, nbytes);
        EXPECT(AllAre(pages, static_cast<char>(t)));
        mv::KeepPages(pages);
        mv::UnmapPages(pages);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  mv::DropKeptPages();
}

void TestPageCache(int rounds) {
  mv::DropKeptPages();
  const Pages probe = Filled(mv::PageSize(), 'p');
  const bool can_move = mv::KeepPages(probe);
  mv::UnmapPages(probe);
  EXPECT(mv::DropKeptPages() == (can_move ? mv::PageSize() : 0));
  if (!can_move) return;  // macOS: nothing is ever kept
  KeptPagesMoveAndLeaveZerosBehind();
  OnlyARangeOfThatVerySizeIsHandedOutTheLatestFirst();
  TheOldestMakeRoomAndOneRangeLeavesSomeForOthers();
  BlocksTakeKeptPagesAndZeroThemIfAsked();
  AsManyRangesAreKeptAsTheirNumberAndTheirBytesAllow();
  ThreadsKeepAndTake(rounds);
}

const Suite suite("page_cache", TestPageCache);

}  // namespace
