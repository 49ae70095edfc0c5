// What each system does in a way of its own, as system.h declares it.
#include "../../native/core/system.h"

#include <array>
#include <chrono>
#include <cstring>
#include <thread>

#include "expect.h"

namespace {

using mv::Pages;

void OnlyWholePagesInsideAreDropped() {
  const size_t page = mv::PageSize();
  const Pages pages = mv::MapPages(4 * page, page);
  char* bytes = static_cast<char*>(pages.base);
  std::memset(bytes, 7, pages.nbytes);
  mv::DropPages(bytes + 1, page);  // a part of two pages, and no whole one
  for (size_t i = 0; i < pages.nbytes; i += page / 4) EXPECT(bytes[i] == 7);
  mv::DropPages(bytes + page / 2, 3 * page);
#ifdef __linux__
  for (size_t i = page; i < 3 * page; i += page / 4) EXPECT(bytes[i] == 0);
#endif
  EXPECT(bytes[page - 1] == 7 && bytes[3 * page] == 7);
  mv::DropPages(nullptr, 0);
  mv::UnmapPages(pages);
}

void EmptiedPagesAreZerosOfAnySize() {
  for (const size_t nbytes : {mv::PageSize(), size_t{2} << 20}) {
    const Pages pages = mv::MapPages(nbytes, 1);
    auto* bytes = static_cast<char*>(pages.base);
    std::memset(bytes, 7, pages.nbytes);
    mv::EmptyPages(pages);
    for (size_t i = 0; i < pages.nbytes; i += 512) EXPECT(bytes[i] == 0);
    bytes[0] = 8;
    mv::UnmapPages(pages);
  }
}

void MovedPagesLeaveZerosBehind() {
  const Pages pages = mv::MapPages(4 * mv::PageSize(), 1);
  auto* bytes = static_cast<char*>(pages.base);
  std::memset(bytes, 7, pages.nbytes);
  const Pages moved = mv::MovePages(pages);
  if (moved.base == nullptr) {
    for (size_t i = 0; i < pages.nbytes; ++i) EXPECT(bytes[i] == 7);
  } else {
    EXPECT(moved.base != pages.base && moved.nbytes == pages.nbytes);
    for (size_t i = 0; i < pages.nbytes; ++i) EXPECT(bytes[i] == 0 && static_cast<char*>(moved.base)[i] == 7);
    mv::UnmapPages(moved);
  }
  mv::UnmapPages(pages);
}

void RandomBytesDiffer() {
  std::array<unsigned char, 256> one{};
  std::array<unsigned char, 256> other{};
  EXPECT(mv::FillRandom(one.data(), one.size()) && mv::FillRandom(other.data(), other.size()));
  EXPECT(one != other);
}

void TheRoughClockIsNeverAheadAndNeverGoesBack() {
  auto before = mv::RoughlyNow();
  for (int i = 0; i < 10000; ++i) {
    const auto rough = mv::RoughlyNow();
    EXPECT(rough >= before && rough <= std::chrono::steady_clock::now());
    before = rough;
  }
}

void AThreadKnowsItsOwnStack() {
  static char elsewhere = 0;
  char here = 0;
  EXPECT(mv::OnThreadStack(&here) && !mv::OnThreadStack(&elsewhere));
  std::thread([&here] {
    char there = 0;
    EXPECT(mv::OnThreadStack(&there) && !mv::OnThreadStack(&here));
  }).join();
}

void TestSystem(int) {
  OnlyWholePagesInsideAreDropped();
  EmptiedPagesAreZerosOfAnySize();
  MovedPagesLeaveZerosBehind();
  RandomBytesDiffer();
  TheRoughClockIsNeverAheadAndNeverGoesBack();
  AThreadKnowsItsOwnStack();
  EXPECT(mv::Refusal(ENOMEM) < 0);
  mv::TrimLibraryHeap();
}

const Suite suite("system", TestSystem);

}  // namespace
