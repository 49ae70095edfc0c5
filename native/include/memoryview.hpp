// memoryview.hpp - memoryview.h for C++17 and later: typed parameters that state what they want, and
// containers that become JavaScript memory. Copy both files into an addon; there is nothing to link.
//
//     using Points = mv::array<const float, mv::shape<-1, 3>, mv::c_contig>;
//     Points points;
//     if (!points.from(env, argv[0], "my-addon")) return nullptr;  // the exception is pending
//     sum += points(i, 0);
//
// An array holds one acquired view: it is move-only, and releases the view when it is destroyed, on any
// thread. Nothing here throws a C++ exception but for the constructors over Napi::Value, which do as
// node-addon-api is configured. Include <napi.h> before this file to have those.
#ifndef MEMORYVIEW_HPP_
#define MEMORYVIEW_HPP_

#include <complex>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <type_traits>
#include <utility>
#include <vector>

#include "memoryview.h"
#if __cplusplus >= 202002L && __has_include(<span>)
#include <span>
#endif

namespace mv {

// ---- constraints ----

/// A length for each dimension; -1 takes any.
template <int64_t... Lengths>
struct shape {
  static constexpr int32_t ndim = static_cast<int32_t>(sizeof...(Lengths));
  // One more, so that it is no array of length 0.
  static constexpr int64_t lengths[sizeof...(Lengths) + 1] = {Lengths..., 0};
  static void state(mv_request& request) {
    request.ndim = ndim;
    request.shape = lengths;
  }
};

/// A number of dimensions, of any lengths.
template <int32_t N>
struct ndim : std::integral_constant<int32_t, N> {
  static_assert(N >= 1 && N <= MV_MAX_NDIM, "1 to 64 dimensions; shape<> takes none");
  static void state(mv_request& request) { request.ndim = N; }
};

template <uint64_t Flag>
struct flag {
  static void state(mv_request& request) { request.flags |= Flag; }
};
/// The last index fastest, without gaps.
struct c_contig : flag<MV_REQUEST_C_CONTIG> {};
/// The first index fastest, without gaps.
struct f_contig : flag<MV_REQUEST_F_CONTIG> {};
/// Either of the two.
struct any_contig : flag<MV_REQUEST_ANY_CONTIG> {};
struct no_copy : flag<MV_REQUEST_NO_COPY> {};
/// Memory that may fault when it is read (a file that may shrink) will do.
struct allow_fault : flag<MV_REQUEST_ALLOW_FAULT> {};
/// Memory that another process may change will do.
struct allow_shared : flag<MV_REQUEST_ALLOW_SHARED> {};

/// The address of the first element is a multiple of so many bytes, a power of two.
template <uint64_t Bytes>
struct aligned {
  static_assert(Bytes != 0 && (Bytes & (Bytes - 1)) == 0, "a power of two");
  static void state(mv_request& request) {
    if (request.alignment < Bytes) request.alignment = Bytes;
  }
};

// ---- types ----

namespace detail {

template <typename T>
struct is_complex : std::false_type {};
template <typename T>
struct is_complex<std::complex<T>> : std::true_type {};

template <typename T>
constexpr bool is_scalar = std::is_same_v<T, float> || std::is_same_v<T, double> ||
                           std::is_same_v<T, std::complex<float>> ||
                           std::is_same_v<T, std::complex<double>> ||
                           (std::is_integral_v<T> && sizeof(T) <= 8);

template <typename Constraint, typename = void>
constexpr int32_t ndim_of = -1;
template <int32_t N>
constexpr int32_t ndim_of<ndim<N>, void> = N;
template <int64_t... Lengths>
constexpr int32_t ndim_of<shape<Lengths...>, void> = static_cast<int32_t>(sizeof...(Lengths));

template <typename... Constraints>
constexpr int32_t stated_ndim() {
  int32_t stated = -1;
  ((stated = ndim_of<Constraints> >= 0 ? ndim_of<Constraints> : stated), ...);
  return stated;
}

}  // namespace detail

/// The type code of a C++ type, as DLPack has them.
template <typename T>
inline mv_dtype dtype_of() {
  static_assert(detail::is_scalar<T>, "an integer, bool, float, double, or a complex of these");
  const unsigned code = std::is_same_v<T, bool>        ? MV_BOOL
                        : detail::is_complex<T>::value ? MV_COMPLEX
                        : std::is_floating_point_v<T>  ? MV_FLOAT
                        : std::is_signed_v<T>          ? MV_INT
                                                       : MV_UINT;
  return mv_dtype_make(code, static_cast<unsigned>(sizeof(T) * 8));
}

// ---- array ----

/// A held view with elements of type T. `const T` takes read-only memory too; T alone wants to write.
template <typename T, typename... Constraints>
class array {
 public:
  using element_type = T;
  using value_type = std::remove_cv_t<T>;
  static constexpr int32_t stated_ndim = detail::stated_ndim<Constraints...>();

  array() { mv_view_init(&view_); }
  array(const array&) = delete;
  array& operator=(const array&) = delete;
  array(array&& other) noexcept : view_(other.view_) { other.view_.release = nullptr; }
  array& operator=(array&& other) noexcept {
    if (this != &other) {
      release();
      view_ = other.view_;
      other.view_.release = nullptr;
    }
    return *this;
  }
  ~array() { release(); }

  /// What this type asks an exporter for.
  static mv_request request(const char* consumer) {
    mv_request request;
    mv_request_init(&request, consumer);
    request.dtype = dtype_of<value_type>();
    request.alignment = alignof(value_type);
    if (!std::is_const_v<T>) request.flags |= MV_REQUEST_WRITABLE;
    (Constraints::state(request), ...);
    return request;
  }

  /// Acquires from an exporter, on any thread; MV_OK, or an answer of mv_acquire.
  int32_t acquire(const mv_exporter* exporter, const char* consumer, mv_error* error = nullptr) {
    release();
    const mv_request wanted = request(consumer);
    return readable(mv_acquire(exporter, &wanted, &view_, error), error);
  }

#if defined(MV_HAS_NODE_API) && !defined(MV_NO_NODE_API)
  /// Acquires from a JavaScript value. False with a pending exception that names expected and actual.
  bool from(napi_env env, napi_value value, const char* consumer, const char* subject = "the argument") {
    release();
    mv_error error;
    const mv_request wanted = request(consumer);
    const int32_t status = readable(mv_from_js(env, value, &wanted, &view_, &error), &error);
    if (status == MV_OK) return true;
    mv_throw(env, subject, &error);
    return false;
  }
#endif

#if defined(SRC_NAPI_H_) && defined(MV_HAS_NODE_API)
  array(const Napi::Value& value, const char* consumer, const char* subject = "the argument") : array() {
    if (from(value.Env(), value, consumer, subject)) return;
#ifdef NAPI_CPP_EXCEPTIONS
    throw Napi::Error::New(value.Env());
#endif
  }
#endif

  /// Releases the view now; the array is empty afterwards.
  void release() { mv_release(&view_); }
  /// Whether a view is held.
  explicit operator bool() const { return view_.release != nullptr; }

  const mv_view& view() const { return view_; }
  T* data() const { return static_cast<T*>(view_.data); }
  int32_t ndim() const { return view_.ndim; }
  /// Elements in a dimension.
  int64_t shape(int32_t dimension) const { return view_.shape[dimension]; }
  /// Bytes from one element to the next in a dimension.
  int64_t stride(int32_t dimension) const { return view_.strides[dimension]; }
  /// Elements in all.
  size_t size() const { return static_cast<size_t>(view_.nbytes / static_cast<uint64_t>(view_.itemsize)); }
  uint64_t nbytes() const { return view_.nbytes; }
  bool readonly() const { return (view_.flags & MV_READONLY) != 0; }
  /// Whether the view is good until the native callback returns only.
  bool borrowed() const { return (view_.flags & MV_JS_BORROWED) != 0; }

  /// An element, unchecked: one index for each dimension.
  template <typename... Indices>
  T& operator()(Indices... indices) const {
    static_assert(stated_ndim < 0 || sizeof...(Indices) == static_cast<size_t>(stated_ndim),
                  "one index for each dimension");
    int64_t at = 0;
    int32_t dimension = 0;
    ((at += static_cast<int64_t>(indices) * view_.strides[dimension++]), ...);
    return *reinterpret_cast<T*>(static_cast<char*>(view_.data) + at);
  }

#ifdef __cpp_lib_span
  /// All elements, of a type that states contiguity.
  std::span<T> span() const requires((std::is_same_v<Constraints, c_contig> || ...) ||
                                     (std::is_same_v<Constraints, f_contig> || ...) ||
                                     (std::is_same_v<Constraints, any_contig> || ...)) {
    return {data(), size()};
  }
#endif

 private:
  /// Elements are read where they are, so they must be where this processor reads.
  int32_t readable(int32_t status, mv_error* error) {
    if (status != MV_OK || view_.device_type == MV_CPU) return status;
    const int device = view_.device_type;
    release();
    return mv_fail(error, MV_UNSATISFIABLE, "is on device type %d, expected %d, the CPU", device, MV_CPU);
  }

  mv_view view_;
};

// ---- exporting ----

/// Makes an exporter of the memory of a container (any type with data() and size()). The container moves into
/// it, and is destroyed with the last reference or view, on any thread. `lengths`: a shape in C order, 1-D
/// without one. Null with an error.
template <typename Container>
mv_exporter* export_container(Container&& given, std::initializer_list<int64_t> lengths = {},
                              mv_error* error = nullptr) {
  using Kept = std::remove_reference_t<Container>;
  static_assert(!std::is_lvalue_reference_v<Container>,
                "move the container in: export_container(std::move(vec))");
  using Element = std::remove_pointer_t<decltype(given.data())>;
  auto* kept = new Kept(std::move(given));
  const int64_t length = static_cast<int64_t>(kept->size());
  mv_layout layout = {};
  layout.dtype = dtype_of<std::remove_cv_t<Element>>();
  layout.ndim = lengths.size() == 0 ? 1 : static_cast<int32_t>(lengths.size());
  layout.shape = lengths.size() == 0 ? &length : lengths.begin();
  if (std::is_const_v<Element>) layout.flags = MV_READONLY;
  mv_exporter* exporter = mv_export_memory(
      const_cast<std::remove_cv_t<Element>*>(kept->data()), kept->size() * sizeof(Element),
      [](void*, void* arg) { delete static_cast<Kept*>(arg); }, kept, &layout, error);
  if (exporter == nullptr) delete kept;
  return exporter;
}

#if defined(MV_HAS_NODE_API) && !defined(MV_NO_NODE_API)
/// Hands a vector's memory to JavaScript, without a copy: an object for memoryview(). Null with a pending
/// exception.
template <typename T>
napi_value from_vector(napi_env env, std::vector<T>&& vector, std::initializer_list<int64_t> lengths = {}) {
  static_assert(!std::is_same_v<T, bool>, "std::vector<bool> has no elements in memory");
  mv_error error;
  mv_error_init(&error);
  napi_value object = nullptr;
  mv_exporter* exporter = export_container(std::move(vector), lengths, &error);
  if (exporter == nullptr) {
    mv_throw(env, "from_vector: the layout", &error);
    return nullptr;
  }
  if (mv_to_js(env, exporter, &object) != napi_ok) object = nullptr;
  exporter->drop(exporter);
  return object;
}
#endif

}  // namespace mv

#endif  // MEMORYVIEW_HPP_
