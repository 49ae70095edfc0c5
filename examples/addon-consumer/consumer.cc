// A C++ addon that takes memory from any exporter: views of the npm package, another addon's objects,
// typed arrays. The type of a parameter states its requirements; an error names what was expected and
// what was given.
#include <optional>

#include "memoryview.hpp"

namespace {

using Grid = mv::array<const float, mv::ndim<2>>;
using Points = mv::array<const float, mv::shape<-1, 3>, mv::c_contig>;
using WritableGrid = mv::array<float, mv::ndim<2>>;
using AlignedGrid = mv::array<const float, mv::ndim<2>, mv::aligned<64>>;

constexpr char kName[] = "addon-consumer";

template <typename Array>
std::optional<Array> Take(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value = nullptr;
  napi_get_cb_info(env, info, &count, &value, nullptr, nullptr);
  Array array;
  if (!array.from(env, value, kName)) return std::nullopt;
  return array;
}

napi_value Number(napi_env env, double value) {
  napi_value number = nullptr;
  napi_create_double(env, value, &number);
  return number;
}

template <typename Array>
double SumOf(const Array& array) {
  double sum = 0;
  for (int64_t i = 0; i < array.shape(0); ++i) {
    for (int64_t j = 0; j < array.shape(1); ++j) sum += array(i, j);
  }
  return sum;
}

// sumGrid(any 2-D floats), sumPoints(n x 3 floats, C-contiguous), sumAligned(2-D floats at 64 bytes): the sum
template <typename Array>
napi_value Sum(napi_env env, napi_callback_info info) {
  const std::optional<Array> array = Take<Array>(env, info);
  return array ? Number(env, SumOf(*array)) : nullptr;
}

// addressOf(any 2-D floats): the address of the first one
napi_value AddressOf(napi_env env, napi_callback_info info) {
  const std::optional<Grid> grid = Take<Grid>(env, info);
  napi_value address = nullptr;
  if (grid) napi_create_bigint_uint64(env, reinterpret_cast<uintptr_t>(grid->data()), &address);
  return address;
}

// double(writable 2-D floats): multiplies each by 2, in place
napi_value Double(napi_env env, napi_callback_info info) {
  const std::optional<WritableGrid> grid = Take<WritableGrid>(env, info);
  if (!grid) return nullptr;
  for (int64_t i = 0; i < grid->shape(0); ++i) {
    for (int64_t j = 0; j < grid->shape(1); ++j) (*grid)(i, j) *= 2;
  }
  return nullptr;
}

// hold(any 2-D floats): keeps them until letGo(), which returns their sum
napi_value Hold(napi_env env, napi_callback_info info) {
  std::optional<Grid> grid = Take<Grid>(env, info);
  if (!grid) return nullptr;
  Grid* held = nullptr;
  napi_get_instance_data(env, reinterpret_cast<void**>(&held));
  *held = std::move(*grid);
  return nullptr;
}

napi_value LetGo(napi_env env, napi_callback_info) {
  Grid* held = nullptr;
  napi_get_instance_data(env, reinterpret_cast<void**>(&held));
  if (!*held) return nullptr;
  const double sum = SumOf(*held);
  held->release();
  return Number(env, sum);
}

// makeRamp(n): n x 2 floats of a std::vector, which moves into JavaScript
napi_value MakeRamp(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value = nullptr;
  uint32_t n = 0;
  napi_get_cb_info(env, info, &count, &value, nullptr, nullptr);
  napi_get_value_uint32(env, value, &n);
  std::vector<float> ramp(size_t{n} * 2);
  for (size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<float>(i);
  return mv::from_vector(env, std::move(ramp), {n, 2});
}

void Export(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value value = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_set_instance_data(
      env, new Grid, [](napi_env, void* data, void*) { delete static_cast<Grid*>(data); }, nullptr);
  Export(env, exports, "sumGrid", Sum<Grid>);
  Export(env, exports, "sumPoints", Sum<Points>);
  Export(env, exports, "sumAligned", Sum<AlignedGrid>);
  Export(env, exports, "addressOf", AddressOf);
  Export(env, exports, "double", Double);
  Export(env, exports, "hold", Hold);
  Export(env, exports, "letGo", LetGo);
  Export(env, exports, "makeRamp", MakeRamp);
  return exports;
}
