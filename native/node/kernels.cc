// Copying, comparing and searching many items at once.
//
// Layouts come in one Float64Array that lives as long as the environment: filling it costs less than passing
// an argument. JS has validated them; here they are held only against the bytes that the given buffers have
// now.
#include "../core/compare.h"
#include "../core/pair_walk.h"
#include "../core/search.h"
#include "../core/strided_copy.h"
#include "groups.h"

namespace mv {
namespace {

// Places in the array of layouts; src/view/kernels.ts has the same.
constexpr size_t kNdim = 0;
constexpr size_t kItemsize = 1;
constexpr size_t kOffsetA = 2;
constexpr size_t kOffsetB = 3;
constexpr size_t kPart = 4;
constexpr size_t kHow = 5;
constexpr size_t kSwapA = 6;
constexpr size_t kSwapB = 7;
constexpr size_t kShape = 8;
constexpr size_t kStridesA = kShape + kMostDimensions;
constexpr size_t kStridesB = kStridesA + kMostDimensions;
constexpr size_t kNumbers = kStridesB + kMostDimensions;

struct Bytes {
  char* data = nullptr;
  int64_t nbytes = 0;
};

/// The bytes of an ArrayBuffer, or of a Uint8Array; none for anything else.
Bytes BytesOf(napi_env env, napi_value value) {
  void* data = nullptr;
  size_t nbytes = 0;
  if (napi_get_arraybuffer_info(env, value, &data, &nbytes) != napi_ok) {
    napi_typedarray_type type = napi_int8_array;
    bool is_typed = false;
    if (napi_is_typedarray(env, value, &is_typed) != napi_ok || !is_typed ||
        napi_get_typedarray_info(env, value, &type, &nbytes, &data, nullptr, nullptr) != napi_ok ||
        type != napi_uint8_array) {
      return {};
    }
  }
  if (data == nullptr) return {};
  return {static_cast<char*>(data), static_cast<int64_t>(nbytes)};
}

/// An integer of the array; false for anything that no layout holds.
bool Integer(double value, int64_t& out) {
  constexpr double kMost = 9007199254740991.0;
  if (!(value >= -kMost && value <= kMost)) return false;
  out = static_cast<int64_t>(value);
  return static_cast<double>(out) == value;
}

/// Reads the layouts and one side's reach; whether all of it lies in `bytes`.
bool Within(const double* numbers, size_t strides, size_t offset, int64_t itemsize, const Bytes& bytes) {
  int64_t low = 0;
  if (!Integer(numbers[offset], low)) return false;
  int64_t high = low;
  const auto ndim = static_cast<size_t>(numbers[kNdim]);
  for (size_t d = 0; d < ndim; d++) {
    int64_t length = 0;
    int64_t stride = 0;
    int64_t reach = 0;
    if (!Integer(numbers[kShape + d], length) || length < 1 || !Integer(numbers[strides + d], stride) ||
        __builtin_mul_overflow(length - 1, stride, &reach) ||
        __builtin_add_overflow(reach < 0 ? low : high, reach, reach < 0 ? &low : &high)) {
      return false;
    }
  }
  return low >= 0 && !__builtin_add_overflow(high, itemsize, &high) && high <= bytes.nbytes;
}

struct Sides {
  PairWalk walk;
  size_t part = 0;
  Equality how = Equality::kBytes;
  bool swap_a = false;
  bool swap_b = false;
};

/// What the array describes, over two buffers; false where any of it is out of bounds.
bool Read(const double* numbers, const Bytes& a, const Bytes& b, Sides& out) {
  int64_t ndim = 0;
  int64_t itemsize = 0;
  int64_t part = 0;
  if (!Integer(numbers[kNdim], ndim) || ndim < 0 || ndim > static_cast<int64_t>(kMostDimensions))
    return false;
  if (!Integer(numbers[kItemsize], itemsize) || itemsize < 1) return false;
  if (!Integer(numbers[kPart], part) || part < 1 || itemsize % part != 0) return false;
  if (!Within(numbers, kStridesA, kOffsetA, itemsize, a) ||
      !Within(numbers, kStridesB, kOffsetB, itemsize, b)) {
    return false;
  }
  PairWalk& walk = out.walk;
  walk.ndim = static_cast<size_t>(ndim);
  walk.itemsize = static_cast<size_t>(itemsize);
  for (size_t d = 0; d < walk.ndim; d++) {
    walk.axes[d] = {static_cast<size_t>(numbers[kShape + d]), static_cast<ptrdiff_t>(numbers[kStridesA + d]),
                    static_cast<ptrdiff_t>(numbers[kStridesB + d])};
  }
  // SAFETY: Within found every item of both inside its buffer.
  walk.a = a.data + static_cast<int64_t>(numbers[kOffsetA]);
  walk.b = b.data + static_cast<int64_t>(numbers[kOffsetB]);
  out.part = static_cast<size_t>(part);
  out.swap_a = numbers[kSwapA] != 0;
  out.swap_b = numbers[kSwapB] != 0;
  out.how = numbers[kHow] == 1 ? Equality::kFloat : numbers[kHow] == 2 ? Equality::kTruth : Equality::kBytes;
  const bool word = part == 1 || part == 2 || part == 4 || part == 8;
  if (out.how == Equality::kTruth) return part == 1;
  if (out.how == Equality::kFloat) return word && part != 1;
  return word || !(out.swap_a || out.swap_b);
}

// (to, from) → status. kOverlap where items of `to` share bytes.
napi_value CopyAll(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Environment& home = arguments.home();
  Sides sides;
  if (!Read(home.layouts(), BytesOf(env, arguments[0]), BytesOf(env, arguments[1]), sides)) {
    return Number(env, Status::kBadArgument);
  }
  PairWalk sorted = sides.walk;
  sorted.Simplify();
  if (!sorted.DistinctInA()) return Number(env, Status::kOverlap);
  CopyItems(sides.walk, sides.swap_a != sides.swap_b ? sides.part : 1);
  return Number(env, Status::kOk);
}

// (a, b) → status; results: 1 where all items are equal, else 0.
napi_value CompareAll(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Environment& home = arguments.home();
  Sides sides;
  if (!Read(home.layouts(), BytesOf(env, arguments[0]), BytesOf(env, arguments[1]), sides)) {
    return Number(env, Status::kBadArgument);
  }
  home.results()[0] = ItemsEqual(sides.walk, sides.part, sides.how, sides.swap_a, sides.swap_b) ? 1 : 0;
  return Number(env, Status::kOk);
}

/// One dimension of the first buffer; the second holds the wanted item.
template <bool kCount>
napi_value Search(napi_env env, napi_callback_info info) {
  Arguments<2> arguments(env, info);
  Environment& home = arguments.home();
  Sides sides;
  if (!Read(home.layouts(), BytesOf(env, arguments[0]), BytesOf(env, arguments[1]), sides) ||
      sides.walk.ndim != 1 || sides.part != sides.walk.itemsize) {
    return Number(env, Status::kBadArgument);
  }
  const Axis& axis = sides.walk.axes[0];
  const Row row{sides.walk.a, sides.walk.itemsize, axis.length, axis.a};
  const bool swap = sides.how == Equality::kFloat && sides.swap_a;
  double& result = home.results()[0];
  if constexpr (kCount) {
    result = static_cast<double>(CountItems(row, sides.walk.b, sides.how, swap));
  } else {
    const size_t found = FindItem(row, sides.walk.b, sides.how, swap);
    result = found == kNotFound ? -1 : static_cast<double>(found);
  }
  return Number(env, Status::kOk);
}

}  // namespace

void ExportKernels(Environment& home, napi_value exports) {
  static_assert(kNumbers == Environment::kLayoutNumbers);
  SetFunction(home.env(), exports, "copyItems", CopyAll, &home);
  SetFunction(home.env(), exports, "equalItems", CompareAll, &home);
  SetFunction(home.env(), exports, "findItem", Search<false>, &home);
  SetFunction(home.env(), exports, "countItems", Search<true>, &home);
}

}  // namespace mv
