// Finding and counting items: rows with gaps and backward, the edges of loops, each special float, and large
// rows that are split over threads.
#include "../../../native/core/kernels/search.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "layouts.h"

namespace {

using mv::Equality;

template <class Item>
void CheckSearch(Equality how, bool swap) {
  for (int round = 0; round < 60; round++) {
    const size_t length = 1 + Below(2000);
    const size_t step = sizeof(Item) + (Below(2) == 0 ? 0 : Below(9));
    std::vector<char> bytes((length - 1) * step + sizeof(Item), 0);
    Item wanted = static_cast<Item>(7);
    std::vector<char> stored(sizeof wanted);
    std::memcpy(stored.data(), &wanted, sizeof wanted);
    if (swap) std::reverse(stored.begin(), stored.end());
    size_t first = mv::kNotFound;
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
      if (Below(500) != 0) continue;
      std::copy(stored.begin(), stored.end(), bytes.begin() + static_cast<ptrdiff_t>(i * step));
      if (first == mv::kNotFound) first = i;
      count++;
    }
    const mv::Row row{bytes.data(), sizeof(Item), length, static_cast<ptrdiff_t>(step)};
    EXPECT(FindItem(row, stored.data(), how, swap) == first);
    EXPECT(CountItems(row, stored.data(), how, swap) == count);
    const mv::Row back{bytes.data() + (length - 1) * step, sizeof(Item), length,
                       -static_cast<ptrdiff_t>(step)};
    EXPECT(CountItems(back, stored.data(), how, swap) == count);
  }
}

void SearchFindsTheFirstAndCountsAll() {
  CheckSearch<uint8_t>(Equality::kBytes, false);
  CheckSearch<uint16_t>(Equality::kBytes, true);
  CheckSearch<uint32_t>(Equality::kBytes, false);
  CheckSearch<uint64_t>(Equality::kBytes, true);
  CheckSearch<uint16_t>(Equality::kFloat, true);
  CheckSearch<float>(Equality::kFloat, false);
  CheckSearch<float>(Equality::kFloat, true);
  CheckSearch<double>(Equality::kFloat, false);
  CheckSearch<double>(Equality::kFloat, true);
  CheckSearch<uint8_t>(Equality::kTruth, false);
  // More equal items than a byte counts.
  const std::vector<uint8_t> same(100000, 5);
  const mv::Row row{reinterpret_cast<const char*>(same.data()), 1, same.size(), 1};
  EXPECT(CountItems(row, row.first, Equality::kBytes, false) == same.size());
  const mv::Row triples{reinterpret_cast<const char*>(same.data()), 3, same.size() / 3, 3};
  EXPECT(CountItems(triples, triples.first, Equality::kBytes, false) == same.size() / 3);
  const double zero = -0.0;
  const std::vector<double> zeros(10, 0.0);
  const mv::Row doubles{reinterpret_cast<const char*>(zeros.data()), 8, 10, 8};
  EXPECT(FindItem(doubles, reinterpret_cast<const char*>(&zero), Equality::kFloat, false) == 0);
}

// The first and the last of equal items, at every length around the stretches of a find and the items that a
// lane counts.
template <class Item>
void CheckSearchedEdges() {
  constexpr size_t kLanes = 16 / sizeof(Item);
  const Item wanted = 7;
  const auto* value = reinterpret_cast<const char*>(&wanted);
  for (const size_t edge : {kLanes, size_t{256}, size_t{512}, 255 * kLanes, 510 * kLanes}) {
    for (const size_t more : {0, 1, 2}) {
      const size_t length = edge + more - 1;
      std::vector<Item> items(length, wanted);
      const mv::Row row{reinterpret_cast<const char*>(items.data()), sizeof(Item), length, sizeof(Item)};
      EXPECT(CountItems(row, value, Equality::kBytes, false) == length);
      for (size_t i = 0; i + 1 < length; i++) items[i] = 0;
      EXPECT(FindItem(row, value, Equality::kBytes, false) == length - 1);
      EXPECT(CountItems(row, value, Equality::kBytes, false) == 1);
    }
  }
}

/// Every special value among every other, in both byte orders, in rows that lie dense and not.
template <class Word>
void CheckFloatSearch(std::vector<Word> values, Word infinity) {
  constexpr auto sign = static_cast<Word>(Word{1} << (8 * sizeof(Word) - 1));
  for (const Word value : std::vector<Word>(values)) values.push_back(static_cast<Word>(value | sign));
  const auto is_nan = [&](Word word) {
    return static_cast<Word>(word & static_cast<Word>(~sign)) > infinity;
  };
  const auto is_zero = [&](Word word) { return static_cast<Word>(word & static_cast<Word>(~sign)) == 0; };
  for (const bool swap : {false, true}) {
    for (const size_t step : {sizeof(Word), 3 * sizeof(Word)}) {
      constexpr size_t kLength = 1000;
      std::vector<char> bytes(kLength * step, 1);
      for (size_t i = 0; i < kLength; i++) {
        const Word word = values[i % values.size()];
        std::memcpy(bytes.data() + i * step, &word, sizeof word);
        if (swap) std::reverse(bytes.data() + i * step, bytes.data() + i * step + sizeof word);
      }
      const mv::Row row{bytes.data(), sizeof(Word), kLength, static_cast<ptrdiff_t>(step)};
      for (const Word wanted : values) {
        size_t first = mv::kNotFound;
        size_t count = 0;
        for (size_t i = 0; i < kLength; i++) {
          const Word word = values[i % values.size()];
          if (is_nan(word) || !(word == wanted || (is_zero(word) && is_zero(wanted)))) continue;
          if (count++ == 0) first = i;
        }
        Word stored = wanted;
        if (swap) std::reverse(reinterpret_cast<char*>(&stored), reinterpret_cast<char*>(&stored + 1));
        EXPECT(FindItem(row, reinterpret_cast<const char*>(&stored), Equality::kFloat, swap) == first);
        EXPECT(CountItems(row, reinterpret_cast<const char*>(&stored), Equality::kFloat, swap) == count);
      }
    }
  }
}

void FloatsAreFoundAsIeeeComparesThem() {
  CheckFloatSearch<uint16_t>({0, 1, 0x3C00, 0x7BFF, 0x7C00, 0x7C01, 0x7E00}, 0x7C00);
  CheckFloatSearch<uint32_t>({0, 1, 0x3F800000, 0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FC00000}, 0x7F800000);
  constexpr uint64_t kInfinity = 0x7FF0000000000000;
  CheckFloatSearch<uint64_t>(
      {0, 1, 0x3FF0000000000000, kInfinity - 1, kInfinity, kInfinity + 1, 0x7FF8000000000000}, kInfinity);
}

template <class Item>
void CheckLargeSearch(Equality how, size_t step) {
  constexpr size_t kMiB = 1 << 20;
  const size_t length = 7 * kMiB / step + 3;
  std::vector<char> bytes(length * step, 0);
  const Item wanted = static_cast<Item>(7);
  const auto* value = reinterpret_cast<const char*>(&wanted);
  const mv::Row row{bytes.data(), sizeof(Item), length, static_cast<ptrdiff_t>(step)};
  EXPECT(FindItem(row, value, how, false) == mv::kNotFound);
  EXPECT(CountItems(row, value, how, false) == 0);
  // From the last to the first, so that each find has others after it; on both sides of where the work is
  // cut.
  size_t count = 0;
  for (size_t quarter = 28; quarter-- > 0;) {
    for (size_t side = 2; side-- > 0;) {
      const size_t at = std::min(length - 1, (quarter * kMiB / 4 + step - 1) / step + side);
      std::memcpy(bytes.data() + at * step, value, sizeof wanted);
      count++;
      EXPECT(FindItem(row, value, how, false) == at);
    }
  }
  EXPECT(CountItems(row, value, how, false) == count);
}

void LargeRowsAreSearchedOnSeveralThreads() {
  CheckLargeSearch<uint8_t>(Equality::kBytes, 1);
  CheckLargeSearch<uint8_t>(Equality::kBytes, 3);
  CheckLargeSearch<double>(Equality::kFloat, 8);
  CheckLargeSearch<double>(Equality::kFloat, 4096);
  // All that a view repeats, many times over.
  const uint64_t item = 9;
  const mv::Row broadcast{reinterpret_cast<const char*>(&item), 8, size_t{1} << 24, 0};
  EXPECT(CountItems(broadcast, broadcast.first, Equality::kBytes, false) == broadcast.length);
}

void TestSearches(int) {
  SearchFindsTheFirstAndCountsAll();
  CheckSearchedEdges<uint8_t>();
  CheckSearchedEdges<uint16_t>();
  CheckSearchedEdges<uint32_t>();
  CheckSearchedEdges<uint64_t>();
  FloatsAreFoundAsIeeeComparesThem();
  LargeRowsAreSearchedOnSeveralThreads();
}

const Suite suite("kernels/search", TestSearches);

}  // namespace
