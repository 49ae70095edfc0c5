// What a call returns besides its value, in the array of numbers that its environment shares with TypeScript.
#ifndef MEMORYVIEW_NODE_RESULTS_H_
#define MEMORYVIEW_NODE_RESULTS_H_

#include <cstddef>

namespace mv {

/// What stands where in `Environment::results()`; the numbers are those of RESULT in src/engine/places.ts.
/// The next call writes over them.
struct Result {
  enum Place : size_t {
    kId = 0,
    kAddress = 1,
    kNbytes = 2,
    kKind = 3,
    kReadonly = 4,
    kLookOnly = 5,
    kOffset = 3,
    kPins = 0,
    kPinnedId = 1,
    kFound = 0,
  };
};

}  // namespace mv

#endif  // MEMORYVIEW_NODE_RESULTS_H_
