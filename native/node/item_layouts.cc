// Reads two layouts out of the array that JS wrote, and holds them against the bytes that are there.
#include "item_layouts.h"

#include "raw.h"

namespace mv {
namespace {

// Places in the array of layouts; src/engine/places.ts has the same.
constexpr size_t kNdim = 0;
constexpr size_t kItemsize = 1;
constexpr size_t kToOffset = 2;
constexpr size_t kFromOffset = 3;
constexpr size_t kPart = 4;
constexpr size_t kHow = 5;
constexpr size_t kToSwap = 6;
constexpr size_t kFromSwap = 7;
constexpr size_t kShape = 8;
constexpr size_t kToStrides = kShape + kMaxDimensions;
constexpr size_t kFromStrides = kToStrides + kMaxDimensions;
static_assert(kFromStrides + kMaxDimensions == kLayoutNumbers);

/// An integer of the array; false for anything that no layout holds.
bool Integer(double value, int64_t& out) {
  constexpr double kMax = 9007199254740991.0;
  if (!(value >= -kMax && value <= kMax)) return false;
  out = static_cast<int64_t>(value);
  return static_cast<double>(out) == value;
}

/// Reads the layouts and one side's reach; whether all of it lies in `bytes`.
bool Within(const double* numbers, size_t strides, size_t offset, int64_t itemsize,
            const BufferBytes& bytes) {
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

}  // namespace

BufferBytes BytesOf(Napi::Value value) {
  raw::Buffer bytes;
  if (!raw::ReadArrayBuffer(value, bytes)) {
    napi_typedarray_type type = napi_int8_array;
    if (!raw::ReadTypedArray(value, bytes, &type) || type != napi_uint8_array) return {};
  }
  if (bytes.data == nullptr) return {};
  return {static_cast<char*>(bytes.data), static_cast<int64_t>(bytes.nbytes)};
}

bool ReadItemLayouts(const double* numbers, const BufferBytes& to, const BufferBytes& from,
                     ItemLayouts& out) {
  int64_t ndim = 0;
  int64_t itemsize = 0;
  int64_t part = 0;
  if (!Integer(numbers[kNdim], ndim) || ndim < 0 || ndim > static_cast<int64_t>(kMaxDimensions)) return false;
  if (!Integer(numbers[kItemsize], itemsize) || itemsize < 1) return false;
  if (!Integer(numbers[kPart], part) || part < 1 || itemsize % part != 0) return false;
  if (!Within(numbers, kToStrides, kToOffset, itemsize, to) ||
      !Within(numbers, kFromStrides, kFromOffset, itemsize, from)) {
    return false;
  }
  PairWalk& walk = out.walk;
  walk.ndim = static_cast<size_t>(ndim);
  walk.itemsize = static_cast<size_t>(itemsize);
  for (size_t d = 0; d < walk.ndim; d++) {
    walk.axes[d] = {static_cast<size_t>(numbers[kShape + d]), static_cast<ptrdiff_t>(numbers[kToStrides + d]),
                    static_cast<ptrdiff_t>(numbers[kFromStrides + d])};
  }
  // SAFETY: Within found every item of both inside its buffer.
  walk.to = to.data + static_cast<int64_t>(numbers[kToOffset]);
  walk.from = from.data + static_cast<int64_t>(numbers[kFromOffset]);
  out.part = static_cast<size_t>(part);
  out.swap_to = numbers[kToSwap] != 0;
  out.swap_from = numbers[kFromSwap] != 0;
  out.how = numbers[kHow] == 1 ? Equality::kFloat : numbers[kHow] == 2 ? Equality::kTruth : Equality::kBytes;
  const bool word = part == 1 || part == 2 || part == 4 || part == 8;
  if (out.how == Equality::kTruth) return part == 1;
  if (out.how == Equality::kFloat) return word && part != 1;
  return word || !(out.swap_to || out.swap_from);
}

}  // namespace mv
