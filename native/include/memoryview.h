/* memoryview.h - memory that addons hand to each other and to JavaScript, without a copy and without linking.
 *
 * Copy this file into an addon; that is the whole installation. Three layers:
 *   1. the structs and values of the protocol (C11, C++17; nothing of Node);
 *   2. inline C: checks, a ready exporter over pointer + size + deleter (mv_export_memory), and, where
 *      <node_api.h> is found, the way to and from JavaScript (mv_from_js, mv_to_js);
 *   3. memoryview.hpp, C++ over both.
 *
 * Who holds what. An exporter is kept by references (retain, drop); the memory behind it is pinned by views
 * (acquire, and the view's own release). While a view is held the memory stays where it is, even if
 * the JavaScript object is collected and its thread ends. All function pointers below may be called
 * on any thread; they call no Node-API, throw nothing, and never wait for the JavaScript thread. A view is
 * released exactly once, by the consumer that acquired it, on any thread.
 *
 * A producer that lies about its own memory is beyond help. What can be checked without trusting it
 * (mv_check_view) is checked by mv_from_js before the consumer sees anything.
 *
 * Define MV_NO_NODE_API before the include to leave Node out. Written for gcc, clang and MSVC;
 * layer 2 knows POSIX and Windows.
 */
#ifndef MEMORYVIEW_H_
#define MEMORYVIEW_H_

#include <stddef.h>
#include <stdint.h>

#define MV_ABI_MAJOR 1u /* the layout of anything below the frozen prefix changed */
#define MV_ABI_MINOR 0u /* fields appended, enum values added */
#define MV_MAGIC 0x3176666275627645ull

/* The name for Symbol.for(), under which an object carries its exporter, as an external tagged with
 * MV_TYPE_TAG (an initializer of a napi_type_tag). */
#define MV_SYMBOL "memoryview.exporter.v1"
#define MV_TYPE_TAG \
  { 0x9d3f2c1ab04e4c77ull, 0x8e51a7f6d2c90b31ull }
/* The name under which an object offers memory of the JavaScript engine, which can't be pinned. */
#define MV_BORROWED_SYMBOL "memoryview.borrowed.v1"

#define MV_MAX_NDIM 64
#define MV_CPU 1

#ifdef __cplusplus
#define MV_STATIC_ASSERT static_assert
extern "C" {
#else
#define MV_STATIC_ASSERT _Static_assert
#endif

/* ---- 1. structs and values -------------------------------------------------------------------------------
 */

/* DLPack's type codes. */
enum {
  MV_INT = 0,
  MV_UINT = 1,
  MV_FLOAT = 2,
  MV_OPAQUE = 3,
  MV_BFLOAT = 4,
  MV_COMPLEX = 5,
  MV_BOOL = 6,
  MV_FLOAT8_E3M4 = 7,
  MV_FLOAT8_E4M3 = 8,
  MV_FLOAT8_E4M3B11FNUZ = 9,
  MV_FLOAT8_E4M3FN = 10,
  MV_FLOAT8_E4M3FNUZ = 11,
  MV_FLOAT8_E5M2 = 12,
  MV_FLOAT8_E5M2FNUZ = 13,
  MV_FLOAT8_E8M0FNU = 14,
  MV_SEE_FORMAT = 255
};

/* Flags of a view. */
enum {
  MV_READONLY = 1,
  MV_IS_COPY = 2,
  MV_C_CONTIG = 4,
  MV_F_CONTIG = 8,
  MV_SHARED_XPROC = 16, /* another process may change it at any time */
  MV_MAY_FAULT = 32,    /* a read may fault (a file that may shrink) */
  MV_JS_BORROWED = 64,  /* the engine's memory: good until the native callback returns, on its thread only */
  MV_IMMUTABLE = 128    /* no code writes to it as long as it lives */
};

/* Flags of a request. */
enum {
  MV_REQUEST_WRITABLE = 1,
  MV_REQUEST_C_CONTIG = 2,
  MV_REQUEST_F_CONTIG = 4,
  MV_REQUEST_ANY_CONTIG = 8, /* C or F */
  MV_REQUEST_NO_COPY = 16,
  MV_REQUEST_ALLOW_FAULT = 32,
  MV_REQUEST_ALLOW_SHARED = 64
};

/* What acquire, mv_from_js and the checks return; also mv_error.code. */
enum {
  MV_OK = 0,
  MV_UNSATISFIABLE = 1, /* the memory is not as the request wants it */
  MV_RELEASED = 2,
  MV_BUSY = 3,
  MV_NO_MEMORY = 4,
  MV_BAD_REQUEST = 5,
  /* From here on, only the consumer's side returns them: */
  MV_NO_EXPORTER = 6,  /* the value offers no memory */
  MV_BAD_EXPORTER = 7, /* what it carries is no exporter */
  MV_BAD_VERSION = 8,  /* an exporter, or a view, of another major */
  MV_BAD_VIEW = 9,     /* the producer's description contradicts itself */
  MV_JS_EXCEPTION = 10 /* a JavaScript exception is pending */
};

typedef struct {
  uint8_t code, bits;
  uint16_t lanes;
} mv_dtype; /* MV_SEE_FORMAT: the format says it */

typedef struct {
  uint16_t major, minor;
  uint32_t struct_size;
} mv_abi_version;

typedef struct {
  uint32_t struct_size; /* set by its owner, before a call */
  int32_t code;
  char message[248]; /* the end of a sentence that names the object; NUL-terminated */
} mv_error;

typedef struct mv_view mv_view;
struct mv_view {
  mv_abi_version version;         /*   0  frozen prefix, every major:               */
  void *manager;                  /*   8  the producer's own                        */
  void (*release)(mv_view *self); /*  16  NULL = empty; sets itself NULL            */
  uint64_t flags;                 /*  24  ---- end of the frozen prefix ----        */
  void *data;                     /*  32  address of element [0,...,0]              */
  void *region_base;              /*  40  the whole allocation, so that a consumer  */
  uint64_t region_size;           /*  48  can check bounds without trusting strides */
  uint64_t nbytes;                /*  56  product(shape) * itemsize                 */
  int64_t itemsize;               /*  64                                            */
  mv_dtype dtype;                 /*  72                                            */
  int32_t ndim;                   /*  76  0..64                                     */
  const int64_t *shape;           /*  80  the producer's, unchanged until release   */
  const int64_t *strides;         /*  88  bytes; never NULL when ndim > 0           */
  const char *format;             /*  96  PEP 3118, never NULL                      */
  int32_t device_type, device_id; /* 104  DLPack's codes; 1 = CPU                   */
  void *sync_event;               /* 112  NULL on CPU                               */
  uint64_t reserved[3];           /* 120  zero                                      */
};

/* All zero but for the version asks for anything that is private memory and can't fault. */
typedef struct {
  mv_abi_version version;
  uint64_t flags;
  uint64_t alignment;   /* of data, a power of two; 0 = any                                  */
  mv_dtype dtype;       /* all zero = any                                                    */
  int32_t ndim;         /* -1 = any; so is 0 where shape is NULL                             */
  const int64_t *shape; /* -1 = any length; NULL = any shape of that ndim                    */
  const char *consumer; /* shown when a release is refused; copied; NULL = "native code"     */
  uint64_t reserved[2];
} mv_request;

typedef struct mv_exporter mv_exporter;
struct mv_exporter {
  uint64_t magic; /* MV_MAGIC */
  mv_abi_version version;
  const mv_exporter *prev_api; /* an older major of the same exporter, or NULL */
  uint64_t features;
  void (*retain)(const mv_exporter *);
  void (*drop)(const mv_exporter *);
  int32_t (*acquire)(const mv_exporter *, const mv_request *, mv_view *out, mv_error *err);
  int32_t (*stats)(const mv_exporter *, uint64_t out[4]); /* may be NULL: pins, refs, bytes, state (0 live) */
  uint64_t reserved[4];
};

/* What the external under Symbol.for(MV_DLPACK_SYMBOL) points to: one DLPack tensor, for the consumer that
 * takes it first. The external is tagged with MV_DLPACK_TYPE_TAG, and its finalizer calls the deleter of a
 * tensor that no consumer took. */
#define MV_DLPACK_SYMBOL "memoryview.dlpack"
#define MV_DLPACK_TYPE_TAG \
  { 0x5a1d0c6e92b7483full, 0xb64f2e8815c3d790ull }

typedef struct {
  void *tensor;       /* taken by an atomic exchange with NULL (mv_dlpack_take) */
  uint32_t versioned; /* 1: DLManagedTensorVersioned, 0: DLManagedTensor        */
  uint32_t reserved;
} mv_dlpack_capsule;

MV_STATIC_ASSERT(sizeof(mv_dtype) == 4, "mv_dtype");
MV_STATIC_ASSERT(sizeof(mv_abi_version) == 8, "mv_abi_version");
MV_STATIC_ASSERT(sizeof(mv_error) == 256, "mv_error");
#if UINTPTR_MAX == 0xffffffffffffffffu
MV_STATIC_ASSERT(sizeof(mv_view) == 144, "mv_view");
MV_STATIC_ASSERT(offsetof(mv_view, data) == 32, "mv_view.data");
MV_STATIC_ASSERT(offsetof(mv_view, dtype) == 72, "mv_view.dtype");
MV_STATIC_ASSERT(offsetof(mv_view, reserved) == 120, "mv_view.reserved");
MV_STATIC_ASSERT(sizeof(mv_request) == 64, "mv_request");
MV_STATIC_ASSERT(sizeof(mv_exporter) == 96, "mv_exporter");
#endif

#ifdef __cplusplus
}
#endif

/* ---- 2. inline C -----------------------------------------------------------------------------------------
 */

#if !defined(_WIN32)
#include <dlfcn.h>
#endif
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if !defined(MV_NO_NODE_API) && !defined(MV_HAS_NODE_API) && defined(__has_include)
#if __has_include(<node_api.h>)
#define MV_HAS_NODE_API 1
#endif
#endif
#if defined(MV_HAS_NODE_API) && !defined(MV_NO_NODE_API)
#include <node_api.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What compilers spell differently: atomics, and arithmetic that reports an overflow. */
#if defined(__GNUC__) || defined(__clang__)
static inline uint64_t mv_load_(const uint64_t *at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
/* The sum. */
static inline uint64_t mv_add_(uint64_t *at, uint64_t by) {
  return __atomic_add_fetch(at, by, __ATOMIC_ACQ_REL);
}
/* Nonzero where `*at` was `*expected`, and is `by` now; else `*expected` becomes what `*at` is. */
static inline int mv_replace_(uint64_t *at, uint64_t *expected, uint64_t by) {
  return __atomic_compare_exchange_n(at, expected, by, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
static inline uint32_t mv_swap_flag_(uint32_t *at, uint32_t to) {
  return __atomic_exchange_n(at, to, __ATOMIC_ACQ_REL);
}
static inline void *mv_swap_pointer_(void **at, void *to) {
  return __atomic_exchange_n(at, to, __ATOMIC_ACQ_REL);
}
static inline int mv_mul_overflows_(int64_t a, int64_t b, int64_t *out) {
  return __builtin_mul_overflow(a, b, out);
}
static inline int mv_add_overflows_(int64_t a, int64_t b, int64_t *out) {
  return __builtin_add_overflow(a, b, out);
}
#else
#include <intrin.h>
static inline uint64_t mv_load_(const uint64_t *at) {
  return (uint64_t)_InterlockedCompareExchange64((volatile __int64 *)(uintptr_t)at, 0, 0);
}
static inline uint64_t mv_add_(uint64_t *at, uint64_t by) {
  return (uint64_t)_InterlockedExchangeAdd64((volatile __int64 *)at, (__int64)by) + by;
}
static inline int mv_replace_(uint64_t *at, uint64_t *expected, uint64_t by) {
  const uint64_t was =
      (uint64_t)_InterlockedCompareExchange64((volatile __int64 *)at, (__int64)by, (__int64)*expected);
  const int same = was == *expected;
  *expected = was;
  return same;
}
static inline uint32_t mv_swap_flag_(uint32_t *at, uint32_t to) {
  return (uint32_t)_InterlockedExchange((volatile long *)at, (long)to);
}
static inline void *mv_swap_pointer_(void **at, void *to) { return _InterlockedExchangePointer(at, to); }
static inline int mv_mul_overflows_(int64_t a, int64_t b, int64_t *out) {
  const int over = (a > 0 && b > 0 && a > INT64_MAX / b) || (a > 0 && b < 0 && b < INT64_MIN / a) ||
                   (a < 0 && b > 0 && a < INT64_MIN / b) || (a < 0 && b < 0 && b < INT64_MAX / a);
  *out = (int64_t)((uint64_t)a * (uint64_t)b);
  return over;
}
static inline int mv_add_overflows_(int64_t a, int64_t b, int64_t *out) {
  *out = (int64_t)((uint64_t)a + (uint64_t)b);
  return (b > 0 && a > INT64_MAX - b) || (b < 0 && a < INT64_MIN - b);
}
#endif

/* Ends the use of a view; nothing happens to an empty one. */
static inline void mv_release(mv_view *view) {
  void (*release)(mv_view *) = view->release;
  if (release == NULL) return;
  release(view);
  view->release = NULL;
}

/* An empty view, ready to be handed to acquire. */
static inline void mv_view_init(mv_view *view) {
  memset(view, 0, sizeof *view);
  view->version.major = MV_ABI_MAJOR;
  view->version.minor = MV_ABI_MINOR;
  view->version.struct_size = (uint32_t)sizeof *view;
}

/* A request for anything that is private memory and can't fault. */
static inline void mv_request_init(mv_request *request, const char *consumer) {
  memset(request, 0, sizeof *request);
  request->version.major = MV_ABI_MAJOR;
  request->version.minor = MV_ABI_MINOR;
  request->version.struct_size = (uint32_t)sizeof *request;
  request->ndim = -1;
  request->consumer = consumer;
}

static inline mv_dtype mv_dtype_make(unsigned code, unsigned bits) {
  mv_dtype dtype;
  dtype.code = (uint8_t)code;
  dtype.bits = (uint8_t)bits;
  dtype.lanes = 1;
  return dtype;
}

/* Keeps this shared object loaded until the process ends: a view that outlives its worker calls into it. True
 * on success. Everything here that makes an exporter calls it. */
static inline int mv_pin_module(void);

#if defined(__GNUC__)
#define MV_PRINTF_(format_at, first) __attribute__((format(printf, format_at, first)))
#else
#define MV_PRINTF_(format_at, first)
#endif

/* Fills an error (which may be NULL) as far as its owner's struct_size goes, and returns `code`. */
MV_PRINTF_(3, 4) static inline int32_t mv_fail(mv_error *error, int32_t code, const char *format, ...) {
  const size_t head = offsetof(mv_error, message);
  if (error == NULL || error->struct_size < head) return code;
  error->code = code;
  if (error->struct_size > head) {
    const size_t given = error->struct_size - head;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->message, given < sizeof error->message ? given : sizeof error->message, format,
                    arguments);
    va_end(arguments);
  }
  return code;
}

static inline void mv_error_init(mv_error *error) {
  if (error == NULL) return;
  error->struct_size = (uint32_t)sizeof *error;
  error->code = MV_OK;
  error->message[0] = '\0';
}

/* ---- formats and types ---- */

/* One row for each scalar code: its size under "@", under "=<>!" (0: not there), and its type. */
typedef struct {
  char code[20];
  uint8_t native, standard, type;
} mv_scalar_;

/* Row `i`; NULL behind the last one. Of a type that several codes have, the plain one comes first. */
static inline const mv_scalar_ *mv_scalar_at_(size_t i) {
  static const mv_scalar_ table[] = {
      {"B", 1, 1, MV_UINT},
      {"b", 1, 1, MV_INT},
      {"H", 2, 2, MV_UINT},
      {"h", 2, 2, MV_INT},
      {"I", 4, 4, MV_UINT},
      {"i", 4, 4, MV_INT},
      {"Q", 8, 8, MV_UINT},
      {"q", 8, 8, MV_INT},
      {"e", 2, 2, MV_FLOAT},
      {"f", 4, 4, MV_FLOAT},
      {"d", 8, 8, MV_FLOAT},
      {"?", 1, 1, MV_BOOL},
      {"Zf", 8, 8, MV_COMPLEX},
      {"Zd", 16, 16, MV_COMPLEX},
      {"P", (uint8_t)sizeof(void *), 0, MV_OPAQUE},
      {"L", (uint8_t)sizeof(long), 4, MV_UINT},
      {"l", (uint8_t)sizeof(long), 4, MV_INT},
      {"N", (uint8_t)sizeof(size_t), 0, MV_UINT},
      {"n", (uint8_t)sizeof(size_t), 0, MV_INT},
      {"c", 1, 1, MV_UINT},
      {"bfloat16", 2, 2, MV_BFLOAT},
      {"float8_e3m4", 1, 1, MV_FLOAT8_E3M4},
      {"float8_e4m3", 1, 1, MV_FLOAT8_E4M3},
      {"float8_e4m3b11fnuz", 1, 1, MV_FLOAT8_E4M3B11FNUZ},
      {"float8_e4m3fn", 1, 1, MV_FLOAT8_E4M3FN},
      {"float8_e4m3fnuz", 1, 1, MV_FLOAT8_E4M3FNUZ},
      {"float8_e5m2", 1, 1, MV_FLOAT8_E5M2},
      {"float8_e5m2fnuz", 1, 1, MV_FLOAT8_E5M2FNUZ},
      {"float8_e8m0fnu", 1, 1, MV_FLOAT8_E8M0FNU},
      {"s", 1, 1, MV_SEE_FORMAT},
      {"p", 1, 1, MV_SEE_FORMAT},
      {"x", 1, 1, MV_SEE_FORMAT},
      {"u", 2, 2, MV_SEE_FORMAT},
      {"w", 4, 4, MV_SEE_FORMAT},
  };
  return i < sizeof table / sizeof *table ? &table[i] : NULL;
}

static inline const mv_scalar_ *mv_scalar_of_(const char *code) {
  const mv_scalar_ *scalar;
  size_t i;
  for (i = 0; (scalar = mv_scalar_at_(i)) != NULL; ++i) {
    if (strcmp(scalar->code, code) == 0) return scalar;
  }
  return NULL;
}

/* Bytes of a format that is one scalar, with or without a byte order mark; -1 for all others, which are not
 * read here. */
static inline int64_t mv_format_size(const char *format) {
  const int marked = *format != '\0' && strchr("@=<>!^", *format) != NULL;
  const int native = !marked || *format == '@' || *format == '^';
  const mv_scalar_ *scalar = mv_scalar_of_(format + marked);
  const int size = scalar == NULL ? 0 : native ? scalar->native : scalar->standard;
  return size == 0 ? -1 : size;
}

/* The type of a format that is one scalar in this machine's byte order; MV_SEE_FORMAT for all others. */
static inline mv_dtype mv_dtype_of(const char *format) {
  const int marked = *format != '\0' && strchr("@=<>!^", *format) != NULL;
  const mv_scalar_ *scalar = mv_scalar_of_(format + marked);
  const int64_t size = mv_format_size(format);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  const int foreign = *format == '>' || *format == '!';
#else
  const int foreign = *format == '<';
#endif
  if (size < 0 || scalar->type == MV_SEE_FORMAT || (foreign && size > 1))
    return mv_dtype_make(MV_SEE_FORMAT, 0);
  return mv_dtype_make(scalar->type, (unsigned)size * 8u);
}

/* The native format of a type; NULL where there is none. */
static inline const char *mv_format_of(mv_dtype dtype) {
  const mv_scalar_ *scalar;
  size_t i;
  if (dtype.lanes > 1 || dtype.code == MV_SEE_FORMAT) return NULL;
  for (i = 0; (scalar = mv_scalar_at_(i)) != NULL; ++i) {
    if (scalar->type == dtype.code && scalar->native * 8 == dtype.bits) return scalar->code;
  }
  return NULL;
}

/* `float32`, `uint8x4`, for messages. */
static inline const char *mv_shown_dtype(mv_dtype dtype, char *out, size_t room) {
  static const char *const names[] = {"int", "uint", "float", "opaque", "bfloat", "complex", "bool"};
  static const char *const small[] = {"float8_e3m4",     "float8_e4m3",     "float8_e4m3b11fnuz",
                                      "float8_e4m3fn",   "float8_e4m3fnuz", "float8_e5m2",
                                      "float8_e5m2fnuz", "float8_e8m0fnu",  "float6_e2m3fn",
                                      "float6_e3m2fn",   "float4_e2m1fn"};
  if (dtype.code >= MV_FLOAT8_E3M4 && dtype.code < MV_FLOAT8_E3M4 + sizeof small / sizeof *small) {
    (void)snprintf(out, room, "%s in %d bits", small[dtype.code - MV_FLOAT8_E3M4], dtype.bits * dtype.lanes);
  } else if (dtype.code >= sizeof names / sizeof *names) {
    (void)snprintf(out, room, "a type of its own");
  } else if (dtype.lanes > 1) {
    (void)snprintf(out, room, "%s%dx%d", names[dtype.code], dtype.bits, dtype.lanes);
  } else {
    (void)snprintf(out, room, "%s%d", names[dtype.code], dtype.bits);
  }
  return out;
}

/* `(2, any, 3)`, for messages; cut where it is too long. */
static inline const char *mv_shown_shape(int32_t ndim, const int64_t *shape, char *out, size_t room) {
  size_t at = 1;
  int32_t d;
  (void)snprintf(out, room, "(");
  for (d = 0; d < ndim && at + 32 < room; ++d) {
    const char *between = d + 1 < ndim ? ", " : ndim == 1 ? "," : "";
    const int more = shape[d] < 0 ? snprintf(out + at, room - at, "any%s", between)
                                  : snprintf(out + at, room - at, "%lld%s", (long long)shape[d], between);
    at += (size_t)more;
  }
  (void)snprintf(out + at, room - at, d < ndim ? "...)" : ")");
  return out;
}

/* Whether the elements lie without gaps, the last index fastest ('C') or the first ('F'). */
static inline int mv_is_contiguous(const mv_view *view, char order) {
  int64_t expected = view->itemsize;
  int same = 1;
  int32_t i;
  for (i = 0; i < view->ndim; ++i) {
    const int32_t d = order == 'C' ? view->ndim - 1 - i : i;
    if (view->shape[d] == 0) return 1;
    if (view->shape[d] != 1 && view->strides[d] != expected) same = 0;
    if (mv_mul_overflows_(expected, view->shape[d], &expected)) same = 0;
  }
  return same;
}

/* ---- checks ---- */

/* Whether a view's description is consistent and inside of its region: all that can be known without trusting
 * the producer. MV_OK, MV_BAD_VERSION or MV_BAD_VIEW with a message. Touches neither data nor, where the
 * version is unknown, anything past the frozen prefix. */
static inline int32_t mv_check_view(const mv_view *view, mv_error *error) {
  int64_t count = 1, low = 0, high = 0;
  int empty = 0;
  int32_t d;
  if (view->version.major != MV_ABI_MAJOR) {
    return mv_fail(error, MV_BAD_VERSION, "hands out a view of version %u, expected %u", view->version.major,
                   MV_ABI_MAJOR);
  }
  if (view->version.struct_size < sizeof(mv_view)) {
    return mv_fail(error, MV_BAD_VIEW, "hands out a view of %u bytes (struct_size), expected at least %u",
                   (unsigned)view->version.struct_size, (unsigned)sizeof(mv_view));
  }
  if (view->release == NULL) return mv_fail(error, MV_BAD_VIEW, "hands out a view without a release");
  if (view->ndim < 0 || view->ndim > MV_MAX_NDIM) {
    return mv_fail(error, MV_BAD_VIEW, "hands out a view of %d dimensions, expected 0 to %d", (int)view->ndim,
                   MV_MAX_NDIM);
  }
  if (view->ndim > 0 && (view->shape == NULL || view->strides == NULL)) {
    return mv_fail(error, MV_BAD_VIEW, "hands out a view without %s, expected one for each of %d dimensions",
                   view->shape == NULL ? "a shape" : "strides", (int)view->ndim);
  }
  if (view->format == NULL) return mv_fail(error, MV_BAD_VIEW, "hands out a view without a format");
  if (view->itemsize <= 0) {
    return mv_fail(error, MV_BAD_VIEW, "hands out a view of itemsize %lld, expected at least 1",
                   (long long)view->itemsize);
  }
  {
    const int64_t expected = mv_format_size(view->format);
    if (expected >= 0 && expected != view->itemsize) {
      return mv_fail(error, MV_BAD_VIEW,
                     "hands out a view of itemsize %lld, expected %lld for format \"%.16s\"",
                     (long long)view->itemsize, (long long)expected, view->format);
    }
  }
  if (view->dtype.code != MV_SEE_FORMAT && view->dtype.bits != 0) {
    const int64_t bits = (int64_t)view->dtype.bits * (view->dtype.lanes == 0 ? 1 : view->dtype.lanes);
    if ((bits + 7) / 8 != view->itemsize) {
      return mv_fail(error, MV_BAD_VIEW, "hands out a view of itemsize %lld, expected %lld for its dtype",
                     (long long)view->itemsize, (long long)((bits + 7) / 8));
    }
  }
  for (d = 0; d < view->ndim; ++d) {
    if (view->shape[d] < 0) {
      return mv_fail(error, MV_BAD_VIEW,
                     "hands out a view with length %lld in dimension %d, expected 0 or more",
                     (long long)view->shape[d], (int)d);
    }
    if (view->shape[d] == 0) empty = 1;
  }
  for (d = 0; d < view->ndim; ++d) {
    if (view->shape[d] != 0 && mv_mul_overflows_(count, view->shape[d], &count)) {
      return mv_fail(error, MV_BAD_VIEW, "hands out a view whose shape overflows 64 bits");
    }
  }
  if (mv_mul_overflows_(count, view->itemsize, &count)) {
    return mv_fail(error, MV_BAD_VIEW, "hands out a view whose size in bytes overflows 64 bits");
  }
  if (view->nbytes != (empty ? 0u : (uint64_t)count)) {
    return mv_fail(error, MV_BAD_VIEW, "hands out a view of %llu bytes (nbytes), expected %llu",
                   (unsigned long long)view->nbytes, empty ? 0ull : (unsigned long long)count);
  }
  if (view->region_base == NULL && view->region_size != 0) {
    return mv_fail(error, MV_BAD_VIEW, "hands out a region of %llu bytes at no address",
                   (unsigned long long)view->region_size);
  }
  if ((uintptr_t)view->region_base > UINTPTR_MAX - (uintptr_t)view->region_size) {
    return mv_fail(error, MV_BAD_VIEW, "hands out a region of %llu bytes, which leaves the address space",
                   (unsigned long long)view->region_size);
  }
  if (!empty) {
    uint64_t start;
    for (d = 0; d < view->ndim; ++d) {
      int64_t reach;
      if (mv_mul_overflows_(view->shape[d] - 1, view->strides[d], &reach) ||
          mv_add_overflows_(reach < 0 ? low : high, reach, reach < 0 ? &low : &high)) {
        return mv_fail(error, MV_BAD_VIEW, "hands out a view whose strides overflow 64 bits");
      }
    }
    if (mv_add_overflows_(high, view->itemsize, &high)) {
      return mv_fail(error, MV_BAD_VIEW, "hands out a view whose strides overflow 64 bits");
    }
    start = (uint64_t)((uintptr_t)view->data - (uintptr_t)view->region_base);
    if ((uintptr_t)view->data < (uintptr_t)view->region_base || start > view->region_size ||
        (low < 0 && (uint64_t)(-(low + 1)) >= start) || (uint64_t)high > view->region_size - start) {
      return mv_fail(error, MV_BAD_VIEW,
                     "hands out a view that reaches bytes %lld to %lld, expected 0 to %llu, its region",
                     (long long)(start + (uint64_t)low), (long long)(start + (uint64_t)high),
                     (unsigned long long)view->region_size);
    }
  }
  if (((view->flags & MV_C_CONTIG) != 0 && !mv_is_contiguous(view, 'C')) ||
      ((view->flags & MV_F_CONTIG) != 0 && !mv_is_contiguous(view, 'F'))) {
    return mv_fail(error, MV_BAD_VIEW, "hands out a view that says it is contiguous, but has other strides");
  }
  return MV_OK;
}

/* Whether a view is what a request (NULL: anything) wants. MV_OK, MV_UNSATISFIABLE with expected and actual,
 * or MV_BAD_REQUEST. */
static inline int32_t mv_check_request(const mv_view *view, const mv_request *request, mv_error *error) {
  char has[96], wants[96];
  if (request == NULL) return MV_OK;
  /* Major 0: the consumer left the version to the producer. */
  if ((request->version.major != MV_ABI_MAJOR && request->version.major != 0) ||
      request->version.struct_size < sizeof(mv_request)) {
    return mv_fail(error, MV_BAD_REQUEST, "got a request of version %u and %u bytes, expected %u and %u",
                   request->version.major, (unsigned)request->version.struct_size, MV_ABI_MAJOR,
                   (unsigned)sizeof(mv_request));
  }
  if ((request->alignment & (request->alignment - 1)) != 0) {
    return mv_fail(error, MV_BAD_REQUEST, "got a request for alignment %llu, expected a power of two",
                   (unsigned long long)request->alignment);
  }
  if ((request->flags & MV_REQUEST_WRITABLE) != 0 && (view->flags & (MV_READONLY | MV_IMMUTABLE)) != 0) {
    return mv_fail(error, MV_UNSATISFIABLE, "is read-only, expected writable memory");
  }
  if ((request->dtype.code != 0 || request->dtype.bits != 0 || request->dtype.lanes != 0) &&
      (request->dtype.code != view->dtype.code || request->dtype.bits != view->dtype.bits ||
       (request->dtype.lanes > 1 ? request->dtype.lanes : 1) !=
           (view->dtype.lanes > 1 ? view->dtype.lanes : 1))) {
    return mv_fail(error, MV_UNSATISFIABLE, "has elements of %s (format \"%.32s\"), expected %s",
                   mv_shown_dtype(view->dtype, has, sizeof has), view->format,
                   mv_shown_dtype(request->dtype, wants, sizeof wants));
  }
  if (request->ndim >= 0 && !(request->ndim == 0 && request->shape == NULL)) {
    int32_t d = 0;
    if (view->ndim == request->ndim && request->shape != NULL) {
      while (d < view->ndim && (request->shape[d] < 0 || request->shape[d] == view->shape[d])) ++d;
    } else if (view->ndim == request->ndim) {
      d = view->ndim;
    }
    if (view->ndim != request->ndim || d != view->ndim) {
      (void)mv_shown_shape(view->ndim, view->shape, has, sizeof has);
      if (request->shape == NULL) {
        return mv_fail(error, MV_UNSATISFIABLE, "has shape %s, expected %d dimension%s", has,
                       (int)request->ndim, request->ndim == 1 ? "" : "s");
      }
      return mv_fail(error, MV_UNSATISFIABLE, "has shape %s, expected %s", has,
                     mv_shown_shape(request->ndim, request->shape, wants, sizeof wants));
    }
  }
  {
    const int wants_c = (request->flags & MV_REQUEST_C_CONTIG) != 0;
    const int wants_f = (request->flags & MV_REQUEST_F_CONTIG) != 0;
    const int wants_any = (request->flags & MV_REQUEST_ANY_CONTIG) != 0;
    if ((wants_c && !mv_is_contiguous(view, 'C')) || (wants_f && !mv_is_contiguous(view, 'F')) ||
        (wants_any && !mv_is_contiguous(view, 'C') && !mv_is_contiguous(view, 'F'))) {
      return mv_fail(error, MV_UNSATISFIABLE, "is not contiguous (strides %s), expected %s-contiguous memory",
                     mv_shown_shape(view->ndim, view->strides, has, sizeof has),
                     wants_c && wants_f ? "C- and F"
                     : wants_c          ? "C"
                     : wants_f          ? "F"
                                        : "C- or F");
    }
  }
  if (request->alignment > 1 && view->nbytes != 0 &&
      ((uintptr_t)view->data & (request->alignment - 1)) != 0) {
    return mv_fail(error, MV_UNSATISFIABLE,
                   "is at address 0x%llx, aligned to %llu, expected a multiple of %llu",
                   (unsigned long long)(uintptr_t)view->data,
                   (unsigned long long)((uintptr_t)view->data & (~(uintptr_t)view->data + 1)),
                   (unsigned long long)request->alignment);
  }
  if ((view->flags & MV_SHARED_XPROC) != 0 && (request->flags & MV_REQUEST_ALLOW_SHARED) == 0) {
    return mv_fail(error, MV_UNSATISFIABLE, "is shared with other processes, expected private memory");
  }
  if ((view->flags & MV_MAY_FAULT) != 0 && (request->flags & MV_REQUEST_ALLOW_FAULT) == 0) {
    return mv_fail(error, MV_UNSATISFIABLE, "may fault when it is read, expected memory that can't");
  }
  if ((view->flags & MV_IS_COPY) != 0 && (request->flags & MV_REQUEST_NO_COPY) != 0) {
    return mv_fail(error, MV_UNSATISFIABLE, "is available as a copy only, expected the memory itself");
  }
  return MV_OK;
}

/* For producers: hands `full` out as far as the consumer's struct_size goes. The consumer may leave the rest
 * of the version zero: then it takes what the producer has. */
static inline int32_t mv_fill(mv_view *out, const mv_view *full, mv_error *error) {
  const uint32_t given = out->version.struct_size;
  const uint32_t size = given < (uint32_t)sizeof(mv_view) ? given : (uint32_t)sizeof(mv_view);
  if ((out->version.major != MV_ABI_MAJOR && out->version.major != 0) || size < offsetof(mv_view, data)) {
    return mv_fail(error, MV_BAD_REQUEST, "got a view of version %u and %u bytes to fill, expected %u and %u",
                   out->version.major, (unsigned)given, MV_ABI_MAJOR, (unsigned)sizeof(mv_view));
  }
  memcpy(out, full, size);
  out->version.major = MV_ABI_MAJOR;
  out->version.minor = MV_ABI_MINOR;
  out->version.struct_size = size;
  return MV_OK;
}

/* For producers that refuse: says that nothing was handed out, where the struct is long enough to say so. */
static inline void mv_empty_(mv_view *out) {
  if (out->version.struct_size >= offsetof(mv_view, flags)) out->release = NULL;
}

/* Acquires from an exporter of any version that this header knows, and checks what comes back. On success the
 * caller releases `out`; else it is empty. */
static inline int32_t mv_acquire(const mv_exporter *exporter, const mv_request *request, mv_view *out,
                                 mv_error *error) {
  const mv_exporter *known = exporter;
  int32_t status;
  int steps = 0;
  mv_view_init(out);
  mv_error_init(error);
  while (known != NULL && known->magic == MV_MAGIC && known->version.major != MV_ABI_MAJOR && steps++ < 16) {
    known = known->prev_api;
  }
  if (known != NULL && known->magic != MV_MAGIC) {
    return mv_fail(error, MV_BAD_EXPORTER, "carries an exporter with magic 0x%llx, expected 0x%llx",
                   (unsigned long long)known->magic, MV_MAGIC);
  }
  if (known == NULL || known->version.major != MV_ABI_MAJOR) {
    return mv_fail(error, MV_BAD_VERSION, "carries an exporter of version %u, expected %u",
                   exporter->version.major, MV_ABI_MAJOR);
  }
  if (known->version.struct_size < sizeof(mv_exporter) || known->acquire == NULL) {
    return mv_fail(error, MV_BAD_EXPORTER, "carries an exporter of %u bytes (struct_size), expected %u",
                   (unsigned)known->version.struct_size, (unsigned)sizeof(mv_exporter));
  }
  status = known->acquire(known, request, out, error);
  if (error != NULL) {
    /* The producer may have changed both: the size is ours, and the text must end. */
    error->struct_size = (uint32_t)sizeof *error;
    error->message[sizeof error->message - 1] = '\0';
  }
  if (status != MV_OK) {
    out->release = NULL;
    if (status < MV_OK || status > MV_BAD_REQUEST) {
      return mv_fail(error, MV_BAD_EXPORTER, "returned status %d, expected 0 to %d", (int)status,
                     MV_BAD_REQUEST);
    }
    if (error != NULL && error->message[0] == '\0') {
      return mv_fail(error, status, "%s",
                     status == MV_UNSATISFIABLE ? "can't satisfy the request, and does not say why"
                     : status == MV_RELEASED    ? "was released, expected live memory"
                     : status == MV_BUSY        ? "is busy, expected memory that is available now"
                     : status == MV_NO_MEMORY   ? "has no memory left for a view"
                                                : "does not understand the request");
    }
    if (error != NULL) error->code = status;
    return status;
  }
  status = mv_check_view(out, error);
  /* The request is checked again: a producer may have overlooked what it does not know. */
  if (status == MV_OK) status = mv_check_request(out, request, error);
  if (status != MV_OK) mv_release(out);
  return status;
}

/* ---- a ready exporter ---- */

typedef void (*mv_deleter)(void *data, void *arg);

/* How elements lie in the memory of mv_export_memory. All zero: bytes. */
typedef struct {
  mv_dtype dtype;         /* all zero: as the format says                       */
  const char *format;     /* PEP 3118; NULL: the dtype's own, "B" without one   */
  int64_t itemsize;       /* bytes; 0: the format's own                         */
  int32_t ndim;           /* 0 with shape NULL: 1-D to the end                  */
  const int64_t *shape;   /* elements                                           */
  const int64_t *strides; /* bytes; NULL: C order                               */
  uint64_t byte_offset;   /* of element [0,...,0]                               */
  uint64_t flags;         /* MV_READONLY, MV_IMMUTABLE, MV_SHARED_XPROC, MV_MAY_FAULT */
} mv_layout;

typedef struct mv_hold_ mv_hold_;
typedef struct {
  mv_exporter api;
  mv_view view;       /* what acquire hands out, but for manager */
  mv_deleter deleter; /* called once, on any thread */
  void *memory, *arg;
  uint64_t refs;  /* atomic */
  uint64_t state; /* atomic: pins, and the highest bit once closed */
  uint32_t lock;  /* atomic: guards holds */
  mv_hold_ *holds;
  int64_t sizes[2 * MV_MAX_NDIM];
} mv_owned_;
struct mv_hold_ {
  mv_owned_ *owner;
  mv_hold_ *before, *after;
  char consumer[64];
};

#define MV_CLOSED_ (1ull << 63)

static inline void mv_lock_(uint32_t *lock) {
  while (mv_swap_flag_(lock, 1u) != 0) {
  }
}

static inline void mv_unlock_(uint32_t *lock) { (void)mv_swap_flag_(lock, 0u); }

static inline void mv_owned_retain_(const mv_exporter *self) {
  (void)mv_add_(&((mv_owned_ *)(uintptr_t)self)->refs, 1u);
}

static inline void mv_owned_drop_(const mv_exporter *self) {
  mv_owned_ *owned = (mv_owned_ *)(uintptr_t)self;
  if (mv_add_(&owned->refs, (uint64_t)-1) != 0) return;
  if (mv_load_(&owned->state) != MV_CLOSED_ && owned->deleter != NULL) {
    owned->deleter(owned->memory, owned->arg);
  }
  free(owned);
}

static inline void mv_owned_release_(mv_view *view) {
  mv_hold_ *hold = (mv_hold_ *)view->manager;
  mv_owned_ *owned = hold->owner;
  view->release = NULL;
  mv_lock_(&owned->lock);
  if (hold->before != NULL) hold->before->after = hold->after;
  if (hold->after != NULL) hold->after->before = hold->before;
  if (owned->holds == hold) owned->holds = hold->after;
  mv_unlock_(&owned->lock);
  free(hold);
  (void)mv_add_(&owned->state, (uint64_t)-1);
  mv_owned_drop_(&owned->api);
}

static inline int32_t mv_owned_acquire_(const mv_exporter *self, const mv_request *request, mv_view *out,
                                        mv_error *error) {
  mv_owned_ *owned = (mv_owned_ *)(uintptr_t)self;
  const char *consumer = request != NULL && request->consumer != NULL ? request->consumer : "native code";
  mv_hold_ *hold;
  uint64_t state;
  int32_t status = mv_check_request(&owned->view, request, error);
  if (status == MV_OK) status = mv_fill(out, &owned->view, error);
  if (status != MV_OK) {
    mv_empty_(out);
    return status;
  }
  out->release = NULL;
  hold = (mv_hold_ *)malloc(sizeof *hold);
  if (hold == NULL) return mv_fail(error, MV_NO_MEMORY, "has no memory left for a view");
  state = mv_load_(&owned->state);
  do {
    if ((state & MV_CLOSED_) != 0) {
      free(hold);
      return mv_fail(error, MV_RELEASED, "was released, expected live memory");
    }
  } while (!mv_replace_(&owned->state, &state, state + 1));
  mv_owned_retain_(self);
  hold->owner = owned;
  hold->before = NULL;
  (void)snprintf(hold->consumer, sizeof hold->consumer, "%s", consumer);
  mv_lock_(&owned->lock);
  hold->after = owned->holds;
  if (hold->after != NULL) hold->after->before = hold;
  owned->holds = hold;
  mv_unlock_(&owned->lock);
  out->manager = hold;
  out->release = mv_owned_release_;
  return MV_OK;
}

static inline int32_t mv_owned_stats_(const mv_exporter *self, uint64_t out[4]) {
  mv_owned_ *owned = (mv_owned_ *)(uintptr_t)self;
  const uint64_t state = mv_load_(&owned->state);
  out[0] = state & ~MV_CLOSED_;
  out[1] = mv_load_(&owned->refs);
  out[2] = owned->view.region_size;
  out[3] = (state & MV_CLOSED_) != 0;
  return MV_OK;
}

/* Makes an exporter over memory: `deleter(data, arg)` (NULL: none) is called once, on any thread, when no
 * reference to the exporter and no view of it is left, or by mv_close. The caller gets one reference, and
 * drops it when it has passed the exporter on. NULL with an error where the layout is wrong or memory is
 * short; then the caller still owns the memory. */
static inline mv_exporter *mv_export_memory(void *data, uint64_t nbytes, mv_deleter deleter, void *arg,
                                            const mv_layout *layout, mv_error *error) {
  static mv_layout bytes; /* never written */
  const mv_layout *given = layout != NULL ? layout : &bytes;
  const int typed = given->dtype.code != 0 || given->dtype.bits != 0 || given->dtype.lanes != 0;
  const char *format = given->format != NULL ? given->format : typed ? mv_format_of(given->dtype) : "B";
  const int64_t own = format == NULL ? -1 : mv_format_size(format);
  const int64_t itemsize = given->itemsize != 0 ? given->itemsize : own;
  const size_t text = format == NULL ? 0 : strlen(format) + 1;
  const int32_t ndim = given->shape == NULL ? 1 : given->ndim;
  mv_owned_ *owned;
  mv_view *view;
  int64_t *shape, *strides, stride;
  int32_t d;
  mv_error_init(error);
  if (format == NULL || itemsize <= 0 || ndim < 0 || ndim > MV_MAX_NDIM) {
    mv_fail(error, MV_BAD_REQUEST, "needs a format with its itemsize, and 0 to %d dimensions", MV_MAX_NDIM);
    return NULL;
  }
  owned = (mv_owned_ *)calloc(1, sizeof *owned + text);
  if (owned == NULL) {
    mv_fail(error, MV_NO_MEMORY, "has no memory left for an exporter");
    return NULL;
  }
  owned->api.magic = MV_MAGIC;
  owned->api.version.major = MV_ABI_MAJOR;
  owned->api.version.minor = MV_ABI_MINOR;
  owned->api.version.struct_size = (uint32_t)sizeof owned->api;
  owned->api.retain = mv_owned_retain_;
  owned->api.drop = mv_owned_drop_;
  owned->api.acquire = mv_owned_acquire_;
  owned->api.stats = mv_owned_stats_;
  owned->deleter = deleter;
  owned->memory = data;
  owned->arg = arg;
  owned->refs = 1;
  memcpy(owned + 1, format, text);
  shape = owned->sizes;
  strides = owned->sizes + MV_MAX_NDIM;
  view = &owned->view;
  mv_view_init(view);
  view->data = (char *)data + (given->byte_offset <= nbytes ? given->byte_offset : nbytes);
  view->region_base = data;
  view->region_size = nbytes;
  view->itemsize = itemsize;
  view->dtype = typed ? given->dtype : mv_dtype_of(format);
  if (view->dtype.lanes == 0) view->dtype.lanes = 1;
  view->ndim = ndim;
  view->shape = shape;
  view->strides = strides;
  view->format = (const char *)(owned + 1);
  view->device_type = MV_CPU;
  if (given->shape == NULL) {
    shape[0] = (int64_t)((nbytes - (given->byte_offset <= nbytes ? given->byte_offset : nbytes)) /
                         (uint64_t)itemsize);
  } else if (ndim > 0) {
    memcpy(shape, given->shape, (size_t)ndim * sizeof *shape);
  }
  stride = itemsize;
  view->nbytes = (uint64_t)itemsize;
  for (d = ndim - 1; d >= 0; --d) {
    strides[d] = given->strides != NULL && given->shape != NULL ? given->strides[d] : stride;
    if (shape[d] > 0 && mv_mul_overflows_(stride, shape[d], &stride)) stride = 0;
    view->nbytes *= (uint64_t)shape[d];
  }
  view->flags = given->flags & (MV_READONLY | MV_IMMUTABLE | MV_SHARED_XPROC | MV_MAY_FAULT);
  if ((view->flags & MV_IMMUTABLE) != 0) view->flags |= MV_READONLY;
  if (mv_is_contiguous(view, 'C')) view->flags |= MV_C_CONTIG;
  if (mv_is_contiguous(view, 'F')) view->flags |= MV_F_CONTIG;
  view->release = mv_owned_release_; /* so that the check below passes; acquire sets it each time */
  if (mv_check_view(view, error) != MV_OK) {
    free(owned);
    return NULL;
  }
  (void)mv_pin_module();
  return &owned->api;
}

/* Ends the memory of an exporter that mv_export_memory made in this module: its deleter runs now, and later
 * acquires return MV_RELEASED. MV_BUSY, naming the consumers, while a view is held. Closing twice is fine. */
static inline int32_t mv_close(mv_exporter *exporter, mv_error *error) {
  mv_owned_ *owned = (mv_owned_ *)exporter;
  uint64_t none = 0;
  mv_error_init(error);
  if (exporter->acquire != mv_owned_acquire_) {
    return mv_fail(error, MV_BAD_REQUEST, "is not an exporter that mv_export_memory made in this module");
  }
  if (mv_replace_(&owned->state, &none, MV_CLOSED_)) {
    if (owned->deleter != NULL) owned->deleter(owned->memory, owned->arg);
    return MV_OK;
  }
  if ((none & MV_CLOSED_) != 0) return MV_OK;
  {
    char names[160];
    size_t at = 0;
    mv_hold_ *hold;
    names[0] = '\0';
    mv_lock_(&owned->lock);
    for (hold = owned->holds; hold != NULL && at + sizeof hold->consumer + 4 < sizeof names;
         hold = hold->after) {
      at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", at == 0 ? "" : ", ", hold->consumer);
    }
    mv_unlock_(&owned->lock);
    return mv_fail(error, MV_BUSY, "is held by native code (%s); release it there first", names);
  }
}

#if defined(_WIN32)
#if defined(__cplusplus)
extern "C"
#else
extern
#endif
    __declspec(dllimport) int __stdcall GetModuleHandleExA(unsigned long flags, const char *name,
                                                           void **module);

static inline int mv_pin_module(void) {
  static const char here = 0;
  void *module = NULL;
  /* GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS */
  return GetModuleHandleExA(0x1 | 0x4, &here, &module) != 0;
}
#else
/* dladdr, whose declaration depends on feature macros that a header can't set. */
typedef struct {
  const char *file;
  void *base;
  const char *symbol;
  void *address;
} mv_dl_info_;
#if defined(__APPLE__)
extern int mv_dladdr_(const void *address, mv_dl_info_ *info) __asm__("_dladdr");
#else
extern int mv_dladdr_(const void *address, mv_dl_info_ *info) __asm__("dladdr");
#endif

static inline int mv_pin_module(void) {
  static uint64_t done;
  mv_dl_info_ info;
  if (mv_load_(&done) != 0) return 1;
  if (mv_dladdr_(&done, &info) == 0 || info.file == NULL) return 0;
  if (dlopen(info.file, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE) == NULL) return 0;
  (void)mv_add_(&done, 1);
  return 1;
}
#endif

/* ---- to and from JavaScript ---- */

#if defined(MV_HAS_NODE_API) && !defined(MV_NO_NODE_API)

static inline napi_status mv_symbol_for_(napi_env env, const char *name, napi_value *symbol) {
#if NAPI_VERSION >= 9
  return node_api_symbol_for(env, name, NAPI_AUTO_LENGTH, symbol);
#else
  napi_value global, maker, make, text;
  napi_status status = napi_get_global(env, &global);
  if (status == napi_ok) status = napi_get_named_property(env, global, "Symbol", &maker);
  if (status == napi_ok) status = napi_get_named_property(env, maker, "for", &make);
  if (status == napi_ok) status = napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &text);
  if (status == napi_ok) status = napi_call_function(env, maker, make, 1, &text, symbol);
  return status;
#endif
}

static inline void mv_external_finalizer_(napi_env env, void *data, void *hint) {
  const mv_exporter *exporter = (const mv_exporter *)data;
  (void)env;
  (void)hint;
  exporter->drop(exporter);
}

/* The tagged external alone, for a class that returns it from a getter of its own: cache it, one an object.
 * It holds a reference of its own. */
static inline napi_status mv_external(napi_env env, const mv_exporter *exporter, napi_value *external) {
  static const napi_type_tag tag = MV_TYPE_TAG;
  napi_status status;
  (void)mv_pin_module();
  exporter->retain(exporter);
  status = napi_create_external(env, (void *)(uintptr_t)exporter, mv_external_finalizer_, NULL, external);
  if (status != napi_ok) {
    exporter->drop(exporter);
    return status;
  }
  return napi_type_tag_object(env, *external, &tag);
}

/* Puts an exporter under the symbol of an object. */
static inline napi_status mv_attach(napi_env env, napi_value object, const mv_exporter *exporter) {
  napi_property_descriptor property;
  napi_status status;
  memset(&property, 0, sizeof property);
  status = mv_symbol_for_(env, MV_SYMBOL, &property.name);
  if (status == napi_ok) status = mv_external(env, exporter, &property.value);
  if (status == napi_ok) status = napi_define_properties(env, object, 1, &property);
  return status;
}

/* Makes a JavaScript object that carries the exporter, with a reference of its own. */
static inline napi_status mv_to_js(napi_env env, const mv_exporter *exporter, napi_value *object) {
  napi_status status = napi_create_object(env, object);
  return status == napi_ok ? mv_attach(env, *object, exporter) : status;
}

/* The exporter in a tagged external; NULL with an error for anything else. */
static inline const mv_exporter *mv_exporter_of(napi_env env, napi_value external, mv_error *error) {
  static const napi_type_tag tag = MV_TYPE_TAG;
  napi_valuetype type = napi_undefined;
  void *data = NULL;
  bool tagged = false;
  mv_error_init(error);
  if (napi_typeof(env, external, &type) != napi_ok || type != napi_external) {
    mv_fail(error, MV_BAD_EXPORTER, "carries no external under Symbol.for(\"%s\"), expected one", MV_SYMBOL);
  } else if (napi_check_object_type_tag(env, external, &tag, &tagged) != napi_ok || !tagged) {
    mv_fail(error, MV_BAD_EXPORTER,
            "carries an external without the exporters' type tag, expected one with it");
  } else if (napi_get_value_external(env, external, &data) != napi_ok || data == NULL) {
    mv_fail(error, MV_BAD_EXPORTER, "carries an external that is empty, expected an exporter");
  } else if (((const mv_exporter *)data)->magic != MV_MAGIC) {
    mv_fail(error, MV_BAD_EXPORTER, "carries an exporter with magic 0x%llx, expected 0x%llx",
            (unsigned long long)((const mv_exporter *)data)->magic, MV_MAGIC);
    data = NULL;
  }
  return (const mv_exporter *)data;
}

typedef struct {
  int64_t sizes[2 * MV_MAX_NDIM];
} mv_borrowed_; /* the format follows */

static inline void mv_borrowed_release_(mv_view *view) {
  free(view->manager);
  view->release = NULL;
}

/* A length or a stride out of a Float64Array. What no integer holds becomes the largest one, which the checks
 * refuse wherever it counts. */
static inline int64_t mv_integer_(double number) {
  return number > -9.2e18 && number < 9.2e18 ? (int64_t)number : INT64_MAX;
}

static inline int32_t mv_borrow_(mv_view *out, const mv_request *request, void *base, uint64_t nbytes,
                                 uint64_t offset, int64_t itemsize, const char *format, int32_t ndim,
                                 const double *sizes, int readonly, mv_error *error) {
  mv_view *view = out;
  mv_borrowed_ *kept = (mv_borrowed_ *)malloc(sizeof *kept + strlen(format) + 1);
  int32_t d, status;
  mv_view_init(view);
  if (kept == NULL) return mv_fail(error, MV_NO_MEMORY, "has no memory left for a view");
  memcpy(kept + 1, format, strlen(format) + 1);
  view->manager = kept;
  view->release = mv_borrowed_release_;
  view->region_base = base;
  view->region_size = nbytes;
  view->data = (char *)base + (offset <= nbytes ? offset : nbytes);
  view->itemsize = itemsize;
  view->nbytes = (uint64_t)itemsize;
  view->dtype = mv_dtype_of(format);
  view->ndim = ndim;
  view->shape = kept->sizes;
  view->strides = kept->sizes + MV_MAX_NDIM;
  view->format = (const char *)(kept + 1);
  view->device_type = MV_CPU;
  for (d = 0; d < ndim; ++d) {
    kept->sizes[d] = mv_integer_(sizes[d]);
    kept->sizes[MV_MAX_NDIM + d] = mv_integer_(sizes[ndim + d]);
    view->nbytes *= (uint64_t)kept->sizes[d];
  }
  view->flags = MV_JS_BORROWED | (readonly ? MV_READONLY : 0);
  if (mv_is_contiguous(view, 'C')) view->flags |= MV_C_CONTIG;
  if (mv_is_contiguous(view, 'F')) view->flags |= MV_F_CONTIG;
  status = mv_check_view(view, error);
  if (status == MV_OK) status = mv_check_request(view, request, error);
  if (status != MV_OK) mv_release(view);
  return status;
}

/* 1 where `value` is memory of the engine and was borrowed (see *status), else 0. */
static inline int mv_from_array_(napi_env env, napi_value value, const mv_request *request, mv_view *out,
                                 mv_error *error, int32_t *status) {
  static const struct {
    char format[2];
    uint8_t size;
  } kinds[] = {{"b", 1}, {"B", 1}, {"B", 1}, {"h", 2}, {"H", 2}, {"i", 4},
               {"I", 4}, {"f", 4}, {"d", 8}, {"q", 8}, {"Q", 8}, {"e", 2}};
  bool is = false;
  void *data = NULL;
  size_t length = 0;
  double sizes[2];
  if (napi_is_typedarray(env, value, &is) == napi_ok && is) {
    napi_typedarray_type type = napi_int8_array;
    if (napi_get_typedarray_info(env, value, &type, &length, &data, NULL, NULL) != napi_ok ||
        (size_t)type >= sizeof kinds / sizeof *kinds) {
      *status = mv_fail(error, MV_NO_EXPORTER, "is a typed array of a kind that is not known here");
      return 1;
    }
    sizes[0] = (double)length;
    sizes[1] = kinds[type].size;
    *status = mv_borrow_(out, request, data, (uint64_t)length * kinds[type].size, 0, kinds[type].size,
                         kinds[type].format, 1, sizes, 0, error);
    return 1;
  }
  if (!(napi_is_dataview(env, value, &is) == napi_ok && is &&
        napi_get_dataview_info(env, value, &length, &data, NULL, NULL) == napi_ok) &&
      !(napi_is_arraybuffer(env, value, &is) == napi_ok && is &&
        napi_get_arraybuffer_info(env, value, &data, &length) == napi_ok)) {
    return 0;
  }
  sizes[0] = (double)length;
  sizes[1] = 1;
  *status = mv_borrow_(out, request, data, length, 0, 1, "B", 1, sizes, 0, error);
  return 1;
}

/* What stands under MV_BORROWED_SYMBOL: [bytes, offset, itemsize, format, readonly, sizes], where `bytes` is
 * a Uint8Array over the whole memory and `sizes` a Float64Array of shape and strides. */
static inline int32_t mv_from_borrowed_(napi_env env, napi_value offer, const mv_request *request,
                                        mv_view *out, mv_error *error) {
  napi_value part[6];
  napi_typedarray_type bytes_type = napi_int8_array, sizes_type = napi_int8_array;
  void *base = NULL, *sizes = NULL;
  size_t nbytes = 0, count = 0, text = 0;
  int64_t offset = 0, itemsize = 0;
  bool readonly = false;
  char *format;
  int32_t status;
  uint32_t i;
  for (i = 0; i < 6; ++i) {
    if (napi_get_element(env, offer, i, &part[i]) != napi_ok) return MV_JS_EXCEPTION;
  }
  if (napi_get_typedarray_info(env, part[0], &bytes_type, &nbytes, &base, NULL, NULL) != napi_ok ||
      napi_get_typedarray_info(env, part[5], &sizes_type, &count, &sizes, NULL, NULL) != napi_ok ||
      napi_get_value_int64(env, part[1], &offset) != napi_ok ||
      napi_get_value_int64(env, part[2], &itemsize) != napi_ok ||
      napi_get_value_string_utf8(env, part[3], NULL, 0, &text) != napi_ok ||
      napi_get_value_bool(env, part[4], &readonly) != napi_ok || bytes_type != napi_uint8_array ||
      sizes_type != napi_float64_array || offset < 0 || (count & 1) != 0 || count > 2 * MV_MAX_NDIM) {
    return mv_fail(error, MV_BAD_EXPORTER, "offers something else under Symbol.for(\"%s\")",
                   MV_BORROWED_SYMBOL);
  }
  format = (char *)malloc(text + 1);
  if (format == NULL) return mv_fail(error, MV_NO_MEMORY, "has no memory left for a view");
  (void)napi_get_value_string_utf8(env, part[3], format, text + 1, &text);
  status = mv_borrow_(out, request, base, nbytes, (uint64_t)offset, itemsize, format, (int32_t)(count / 2),
                      (const double *)sizes, readonly, error);
  free(format);
  return status;
}

/* SharedArrayBuffer is none of Node-API's kinds everywhere, but a Uint8Array over it is. */
static inline int mv_from_shared_(napi_env env, napi_value value, const mv_request *request, mv_view *out,
                                  mv_error *error, int32_t *status) {
  napi_value global, maker, bytes;
  bool is = false;
  if (napi_get_global(env, &global) != napi_ok ||
      napi_get_named_property(env, global, "SharedArrayBuffer", &maker) != napi_ok ||
      napi_instanceof(env, value, maker, &is) != napi_ok || !is ||
      napi_get_named_property(env, global, "Uint8Array", &maker) != napi_ok ||
      napi_new_instance(env, maker, 1, &value, &bytes) != napi_ok) {
    return 0;
  }
  return mv_from_array_(env, bytes, request, out, error, status);
}

/* Acquires a view of the memory that a JavaScript value offers: one that carries an exporter (a MemoryView, a
 * NativeMemory, another addon's object), or the engine's own memory (ArrayBuffer, TypedArray, Buffer,
 * DataView, SharedArrayBuffer), which comes with MV_JS_BORROWED: good until the native callback returns.
 *
 * On the JavaScript thread only. MV_OK: the caller releases the view, with mv_release, on any thread. Else
 * the view is empty, `error` says why (mv_throw throws it); MV_JS_EXCEPTION: a getter threw, and its
 * exception is pending. `request` NULL: anything that is private memory. */
static inline int32_t mv_from_js(napi_env env, napi_value value, const mv_request *request, mv_view *out,
                                 mv_error *error) {
  napi_valuetype type = napi_undefined;
  napi_value symbol, offer = NULL;
  const mv_exporter *exporter;
  int32_t status = MV_OK;
  bool pending = false;
  mv_view_init(out);
  mv_error_init(error);
  if (napi_typeof(env, value, &type) != napi_ok ||
      (type != napi_object && type != napi_function && type != napi_external)) {
    return mv_fail(error, MV_NO_EXPORTER, "is not an object, expected one that offers memory");
  }
  if (type == napi_external) {
    offer = value;
  } else {
    if (mv_from_array_(env, value, request, out, error, &status)) return status;
    if (mv_symbol_for_(env, MV_SYMBOL, &symbol) != napi_ok ||
        napi_get_property(env, value, symbol, &offer) != napi_ok ||
        napi_typeof(env, offer, &type) != napi_ok) {
      return mv_fail(error, MV_JS_EXCEPTION, "threw when it was asked for its exporter");
    }
    if (type == napi_undefined) {
      if (mv_from_shared_(env, value, request, out, error, &status)) return status;
      if (napi_is_exception_pending(env, &pending) == napi_ok && pending) return MV_JS_EXCEPTION;
      if (mv_symbol_for_(env, MV_BORROWED_SYMBOL, &symbol) != napi_ok ||
          napi_get_property(env, value, symbol, &offer) != napi_ok ||
          napi_typeof(env, offer, &type) != napi_ok) {
        return mv_fail(error, MV_JS_EXCEPTION, "threw when it was asked for its memory");
      }
      if (type == napi_object) return mv_from_borrowed_(env, offer, request, out, error);
      return mv_fail(error, MV_NO_EXPORTER,
                     "offers no memory, expected an ArrayBuffer, a TypedArray, or an object that carries "
                     "Symbol.for(\"%s\")",
                     MV_SYMBOL);
    }
  }
  exporter = mv_exporter_of(env, offer, error);
  return exporter == NULL ? (int32_t)MV_BAD_EXPORTER : mv_acquire(exporter, request, out, error);
}

/* Takes the DLPack tensor of a JavaScript object: a DLManagedTensorVersioned where *versioned is 1, whose
 * deleter is the caller's to call once, on any thread. NULL with an error if there is none, or if it
 * was taken before. */
static inline void *mv_dlpack_take(napi_env env, napi_value value, int *versioned, mv_error *error) {
  static const napi_type_tag tag = MV_DLPACK_TYPE_TAG;
  napi_valuetype type = napi_undefined;
  napi_value symbol, external = value;
  void *data = NULL, *tensor;
  bool tagged = false;
  mv_error_init(error);
  if (napi_typeof(env, value, &type) == napi_ok && (type == napi_object || type == napi_function)) {
    if (mv_symbol_for_(env, MV_DLPACK_SYMBOL, &symbol) != napi_ok ||
        napi_get_property(env, value, symbol, &external) != napi_ok) {
      mv_fail(error, MV_JS_EXCEPTION, "threw when it was asked for its tensor");
      return NULL;
    }
  }
  if (napi_typeof(env, external, &type) != napi_ok || type != napi_external ||
      napi_check_object_type_tag(env, external, &tag, &tagged) != napi_ok || !tagged ||
      napi_get_value_external(env, external, &data) != napi_ok || data == NULL) {
    mv_fail(error, MV_NO_EXPORTER, "carries no tensor, expected one under Symbol.for(\"%s\")",
            MV_DLPACK_SYMBOL);
    return NULL;
  }
  *versioned = (int)((mv_dlpack_capsule *)data)->versioned;
  tensor = mv_swap_pointer_(&((mv_dlpack_capsule *)data)->tensor, NULL);
  if (tensor == NULL) mv_fail(error, MV_RELEASED, "has no tensor any more: it was taken");
  return tensor;
}

/* Throws what mv_from_js, mv_acquire or mv_close returned: `<subject> <message>`, with the `code` that the
 * npm package memoryview uses. Nothing where an exception is already pending. */
static inline void mv_throw(napi_env env, const char *subject, const mv_error *error) {
  char text[sizeof error->message + 80];
  if (error->code == MV_OK || error->code == MV_JS_EXCEPTION) return;
  (void)snprintf(text, sizeof text, "%.72s %s", subject, error->message);
  switch (error->code) {
    case MV_RELEASED:
      (void)napi_throw_error(env, "ERR_RELEASED", text);
      break;
    case MV_BUSY:
      (void)napi_throw_error(env, "ERR_EXPORTED", text);
      break;
    case MV_NO_MEMORY:
      (void)napi_throw_range_error(env, "ERR_OUT_OF_MEMORY", text);
      break;
    default:
      (void)napi_throw_type_error(env, "ERR_INVALID_ARG", text);
  }
}

#endif /* MV_HAS_NODE_API */

#ifdef __cplusplus
}
#endif

#endif /* MEMORYVIEW_H_ */
