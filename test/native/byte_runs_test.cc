// The bytes of random layouts as contiguous runs, from and to any place in them, against a list of their
// places.
#include "../../native/core/byte_runs.h"

#include <algorithm>
#include <vector>

#include "kernels/layouts.h"

namespace {

using mv::ByteRuns;
using mv::ByteVector;

// The place of each byte of the layout, in C order of its items.
std::vector<size_t> PlacesOf(const std::vector<size_t>& shape, size_t itemsize, const Side& side) {
  std::vector<size_t> places;
  EachPair(shape, side, side, [&](size_t at, size_t) {
    for (size_t i = 0; i < itemsize; i++) places.push_back(at + i);
  });
  return places;
}

void CheckPart(const ByteRuns& runs, const std::vector<size_t>& places, Side& side, size_t first,
               size_t nbytes) {
  std::vector<char> gathered(nbytes);
  runs.Gather(first, nbytes, gathered.data());
  for (size_t i = 0; i < nbytes; i++) EXPECT(gathered[i] == side.bytes[places[first + i]]);

  std::vector<ByteVector> vectors(nbytes + 1);
  const size_t most = 1 + Below(5);
  const size_t count = runs.Describe(first, nbytes, vectors.data(), most);
  EXPECT(count <= most && (nbytes == 0) == (count == 0));
  size_t at = first;
  for (size_t v = 0; v < count; v++) {
    for (size_t i = 0; i < vectors[v].nbytes; i++, at++) {
      EXPECT(static_cast<char*>(vectors[v].base) + i == side.bytes.data() + places[at]);
    }
  }
  EXPECT(at == first + nbytes || (count == most && at < first + nbytes));

  std::vector<char> wanted = side.bytes;
  FillWithRandomBytes(gathered);
  for (size_t i = 0; i < nbytes; i++) wanted[places[first + i]] = gathered[i];
  runs.Scatter(first, nbytes, gathered.data(), Below(2) == 0);
  EXPECT(side.bytes == wanted);
}

void EachPartOfALayoutIsReached() {
  for (int round = 0; round < 300; round++) {
    const std::vector<size_t> shape = RandomShape();
    const size_t itemsize = 1 + Below(9);
    Side side = RandomSide(shape, itemsize, false);
    const std::vector<size_t> places = PlacesOf(shape, itemsize, side);
    const ByteRuns runs(WalkOf(shape, itemsize, side, side));
    EXPECT(runs.nbytes() == places.size() && runs.nbytes() % runs.run() == 0);
    CheckPart(runs, places, side, 0, places.size());
    for (int part = 0; part < 4; part++) {
      const size_t first = Below(places.size());
      CheckPart(runs, places, side, first, Below(places.size() - first + 1));
    }
  }
}

void WhatLiesSideBySideIsOneRun() {
  Side side{{24, 8, 2}, 0, std::vector<char>(72)};
  EXPECT(ByteRuns(WalkOf({3, 3, 4}, 2, side, side)).run() == 72);
  side.strides = {32, 8, 2};
  side.bytes.resize(100);
  EXPECT(ByteRuns(WalkOf({3, 3, 4}, 2, side, side)).run() == 24);
  side.strides = {24, 8, -2};
  side.first = 6;
  EXPECT(ByteRuns(WalkOf({3, 3, 4}, 2, side, side)).run() == 2);
}

void TestByteRuns(int) {
  EachPartOfALayoutIsReached();
  WhatLiesSideBySideIsOneRun();
}

const Suite suite("byte_runs", TestByteRuns);

}  // namespace
