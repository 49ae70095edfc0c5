// Checks any exporter against docs/protocol.md: an addon whose `check(object)` returns a list of [what,
// fault] pairs, with an empty fault where the exporter keeps that rule. run.mjs prints it as a report.
//
// Every value from the exporter is checked before its use. An exporter with wild pointers can still
// crash the process, so run.mjs should run in a process of its own.
#include <pthread.h>

#include "memoryview.h"

enum { kThreads = 4, kRounds = 500, kRoom = 512 };

typedef struct {
  napi_env env;
  napi_value list;
  uint32_t count;
} Report;

static void note(Report *report, const char *what, const char *format, ...) {
  char fault[400] = "";
  napi_value pair, text;
  if (format != NULL) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(fault, sizeof fault, format, arguments);
    va_end(arguments);
  }
  napi_create_array_with_length(report->env, 2, &pair);
  napi_create_string_utf8(report->env, what, NAPI_AUTO_LENGTH, &text);
  napi_set_element(report->env, pair, 0, text);
  napi_create_string_utf8(report->env, fault, NAPI_AUTO_LENGTH, &text);
  napi_set_element(report->env, pair, 1, text);
  napi_set_element(report->env, report->list, report->count++, pair);
}

// Formats are literals at each call.
#define EXPECT(condition, what, ...) note(report, what, (condition) ? NULL : __VA_ARGS__)

static mv_request request_of(uint64_t flags) {
  mv_request request;
  mv_request_init(&request, "conformance");
  request.flags = flags | MV_REQUEST_ALLOW_FAULT | MV_REQUEST_ALLOW_SHARED;
  request.ndim = -1;
  return request;
}

/// A view in a storage with known bytes, so that a write past its end is seen.
typedef union {
  mv_view view;
  unsigned char bytes[kRoom];
} Storage;

static void prepare(Storage *out, uint16_t major, uint32_t size) {
  memset(out, 0xAB, sizeof *out);
  out->view.version.major = major;
  out->view.version.minor = 0;
  out->view.version.struct_size = size;
}

static int overrun(const Storage *out, uint32_t size) {
  size_t i = size < sizeof(mv_abi_version) ? sizeof(mv_abi_version) : size;
  for (; i < sizeof out->bytes; ++i) {
    if (out->bytes[i] != 0xAB) return 1;
  }
  return 0;
}

static void check_growth(Report *report, const mv_exporter *exporter) {
  static const uint32_t refused[] = {0, 8, 16, 24, 31};
  static const uint32_t served[] = {32, 40, 64, 104, 143, 144, 160, 400};
  const mv_request request = request_of(0);
  Storage out;
  size_t i;
  for (i = 0; i < sizeof refused / sizeof *refused; ++i) {
    mv_error error;
    mv_error_init(&error);
    prepare(&out, MV_ABI_MAJOR, refused[i]);
    const int32_t status = exporter->acquire(exporter, &request, &out.view, &error);
    EXPECT(status == MV_BAD_REQUEST, "2.4 a view of less than 32 bytes is refused",
           "status %d for %u bytes, expected %d", (int)status, (unsigned)refused[i], MV_BAD_REQUEST);
    EXPECT(!overrun(&out, refused[i]), "2.5 nothing is written behind the consumer's struct_size",
           "bytes behind %u were written", (unsigned)refused[i]);
  }
  for (i = 0; i < sizeof served / sizeof *served; ++i) {
    const uint32_t least = served[i] < sizeof(mv_view) ? served[i] : (uint32_t)sizeof(mv_view);
    prepare(&out, MV_ABI_MAJOR, served[i]);
    const int32_t status = exporter->acquire(exporter, &request, &out.view, NULL);
    EXPECT(status == MV_OK, "2.5 a shorter or longer view is served", "status %d for %u bytes", (int)status,
           (unsigned)served[i]);
    if (status != MV_OK) continue;
    EXPECT(!overrun(&out, served[i]), "2.5 nothing is written behind the consumer's struct_size",
           "bytes behind %u were written", (unsigned)served[i]);
    EXPECT(out.view.version.struct_size == least, "2.5 struct_size is the smaller of both", "%u, expected %u",
           (unsigned)out.view.version.struct_size, (unsigned)least);
    if (out.view.release != NULL) out.view.release(&out.view);
  }
}

static void check_versions(Report *report, const mv_exporter *exporter) {
  mv_request request = request_of(0);
  Storage out;
  int32_t status;
  prepare(&out, 0, sizeof(mv_view));
  status = exporter->acquire(exporter, &request, &out.view, NULL);
  EXPECT(status == MV_OK && out.view.version.major == MV_ABI_MAJOR,
         "2.3 a view that says struct_size alone is served", "status %d, major %u", (int)status,
         out.view.version.major);
  if (status == MV_OK) mv_release(&out.view);
  request.version.major = 0;
  prepare(&out, MV_ABI_MAJOR, sizeof(mv_view));
  status = exporter->acquire(exporter, &request, &out.view, NULL);
  EXPECT(status == MV_OK, "2.3 a request that says struct_size alone is served", "status %d", (int)status);
  if (status == MV_OK) mv_release(&out.view);
  request.version.major = MV_ABI_MAJOR;
  prepare(&out, 77, sizeof(mv_view));
  status = exporter->acquire(exporter, &request, &out.view, NULL);
  EXPECT(status == MV_BAD_REQUEST, "2.4 a view of another major is refused", "status %d", (int)status);
  request.version.major = 77;
  prepare(&out, MV_ABI_MAJOR, sizeof(mv_view));
  status = exporter->acquire(exporter, &request, &out.view, NULL);
  EXPECT(status == MV_BAD_REQUEST, "2.4 a request of another major is refused", "status %d", (int)status);
  if (status == MV_OK) mv_release(&out.view);
}

static void check_refusal(Report *report, const mv_exporter *exporter, const char *what, mv_request request,
                          int32_t expected) {
  struct {
    mv_error error;
    unsigned char behind[16];
  } room;
  Storage out;
  int32_t status;
  memset(&room, 0xAB, sizeof room);
  mv_error_init(&room.error);
  prepare(&out, MV_ABI_MAJOR, sizeof(mv_view));
  status = exporter->acquire(exporter, &request, &out.view, &room.error);
  EXPECT(status == expected, what, "status %d, expected %d", (int)status, (int)expected);
  if (status == MV_OK) {
    mv_release(&out.view);
    return;
  }
  EXPECT(out.view.release == NULL, "4.3 a refusal leaves the view empty", "release is not null");
  EXPECT(memchr(room.error.message, 0, sizeof room.error.message) != NULL && room.error.message[0] != 0,
         "4.3 a refusal says why", "no text, or no NUL behind it");
  EXPECT(room.error.code == status, "4.3 the error has the status", "code %d, status %d",
         (int)room.error.code, (int)status);
  // The same with an error of 16 bytes.
  memset(&room, 0xAB, sizeof room);
  room.error.struct_size = 16;
  prepare(&out, MV_ABI_MAJOR, sizeof(mv_view));
  (void)exporter->acquire(exporter, &request, &out.view, &room.error);
  EXPECT((unsigned char)room.error.message[8] == 0xAB && memchr(room.error.message, 0, 8) != NULL,
         "4.3 a message ends within the error's struct_size", "it goes beyond, or has no NUL");
}

static void check_requests(Report *report, const mv_exporter *exporter, const mv_view *view) {
  mv_request request = request_of(0);
  request.dtype = view->dtype.code == MV_FLOAT ? (mv_dtype){MV_INT, 16, 1} : (mv_dtype){MV_FLOAT, 128, 1};
  check_refusal(report, exporter, "4.4 another dtype is refused", request, MV_UNSATISFIABLE);
  request = request_of(0);
  request.ndim = view->ndim + 1;
  check_refusal(report, exporter, "4.4 another number of dimensions is refused", request, MV_UNSATISFIABLE);
  request = request_of(0);
  request.alignment = 3;
  check_refusal(report, exporter, "4.4 an alignment that is not a power of two is refused", request,
                MV_BAD_REQUEST);
  if (view->nbytes != 0) {
    request.alignment = (uint64_t)1 << 60;
    check_refusal(report, exporter, "4.4 an alignment that the memory lacks is refused", request,
                  MV_UNSATISFIABLE);
  }
  if ((view->flags & MV_READONLY) != 0) {
    check_refusal(report, exporter, "4.4 writable is refused of read-only memory",
                  request_of(MV_REQUEST_WRITABLE), MV_UNSATISFIABLE);
  }
  if ((view->flags & MV_C_CONTIG) == 0) {
    check_refusal(report, exporter, "4.4 C order is refused where there is another",
                  request_of(MV_REQUEST_C_CONTIG), MV_UNSATISFIABLE);
  }
  if ((view->flags & MV_F_CONTIG) == 0) {
    check_refusal(report, exporter, "4.4 Fortran order is refused where there is another",
                  request_of(MV_REQUEST_F_CONTIG), MV_UNSATISFIABLE);
  }
  if ((view->flags & (MV_SHARED_XPROC | MV_MAY_FAULT)) != 0) {
    request = request_of(0);
    request.flags = 0;
    check_refusal(report, exporter, "4.4 shared and faulting memory wants to be allowed", request,
                  MV_UNSATISFIABLE);
  }
  request = request_of(0);
  request.dtype = view->dtype.code == MV_SEE_FORMAT ? (mv_dtype){0, 0, 0} : view->dtype;
  request.ndim = view->ndim;
  request.shape = view->ndim > 0 ? view->shape : NULL;
  Storage out;
  prepare(&out, MV_ABI_MAJOR, sizeof(mv_view));
  const int32_t status = exporter->acquire(exporter, &request, &out.view, NULL);
  EXPECT(status == MV_OK, "4.4 what the memory is, is served", "status %d", (int)status);
  if (status == MV_OK) mv_release(&out.view);
}

typedef struct {
  const mv_exporter *exporter;
  int faults;
} Work;

static void *on_thread(void *data) {
  Work *work = data;
  const mv_exporter *exporter = work->exporter;
  const mv_request request = request_of(0);
  for (int i = 0; i < kRounds; ++i) {
    mv_view view;
    uint64_t stats[4];
    mv_view_init(&view);
    exporter->retain(exporter);
    if (exporter->acquire(exporter, &request, &view, NULL) != MV_OK) {
      ++work->faults;
    } else {
      mv_view moved = view;
      view.release = NULL;
      if (exporter->stats != NULL && exporter->stats(exporter, stats) == MV_OK && stats[0] == 0)
        ++work->faults;
      moved.release(&moved);
      if (moved.release != NULL) ++work->faults;
    }
    exporter->drop(exporter);
  }
  return NULL;
}

static void check_threads(Report *report, const mv_exporter *exporter) {
  pthread_t threads[kThreads];
  Work works[kThreads];
  uint64_t before[4] = {0}, after[4] = {0};
  const int counts = exporter->stats != NULL && exporter->stats(exporter, before) == MV_OK;
  int faults = 0;
  for (int i = 0; i < kThreads; ++i) {
    works[i] = (Work){exporter, 0};
    if (pthread_create(&threads[i], NULL, on_thread, &works[i]) != 0) works[i].faults = -1;
  }
  for (int i = 0; i < kThreads; ++i) {
    if (works[i].faults < 0) continue;
    pthread_join(threads[i], NULL);
    faults += works[i].faults;
  }
  EXPECT(faults == 0, "5.3 every function works on any thread", "%d calls failed", faults);
  if (!counts) return;
  (void)exporter->stats(exporter, after);
  EXPECT(before[0] == after[0] && before[1] == after[1],
         "5.2 pins and references come back to what they were",
         "pins %llu, references %llu, expected %llu, %llu", (unsigned long long)after[0],
         (unsigned long long)after[1], (unsigned long long)before[0], (unsigned long long)before[1]);
}

/// The exporter of an object, or NULL with notes.
static const mv_exporter *discover(Report *report, napi_value object) {
  static const napi_type_tag tag = MV_TYPE_TAG;
  napi_env env = report->env;
  napi_value symbol, external, again;
  napi_valuetype type = napi_undefined;
  bool tagged = false, same = false;
  void *data = NULL;
  node_api_symbol_for(env, MV_SYMBOL, NAPI_AUTO_LENGTH, &symbol);
  const napi_status got = napi_get_property(env, object, symbol, &external);
  if (got == napi_ok) napi_typeof(env, external, &type);
  EXPECT(type == napi_external, "3.1 the property answers an external", "it does not");
  if (type != napi_external) return NULL;
  napi_check_object_type_tag(env, external, &tag, &tagged);
  EXPECT(tagged, "3.2 the external is tagged", "it is not, or otherwise");
  if (!tagged) return NULL;
  napi_get_property(env, object, symbol, &again);
  napi_strict_equals(env, external, again, &same);
  EXPECT(same, "3.3 the same external is answered each time", "another one is");
  napi_get_value_external(env, external, &data);
  const mv_exporter *exporter = data;
  for (int steps = 0; exporter != NULL && exporter->magic == MV_MAGIC &&
                      exporter->version.major != MV_ABI_MAJOR && steps < 16;
       ++steps) {
    exporter = exporter->prev_api;
  }
  const int known =
      exporter != NULL && exporter->magic == MV_MAGIC && exporter->version.major == MV_ABI_MAJOR;
  EXPECT(known, "1. the exporter has the magic and a known major", "it does not");
  if (!known) return NULL;
  const int whole = exporter->version.struct_size >= sizeof(mv_exporter) && exporter->retain != NULL &&
                    exporter->drop != NULL && exporter->acquire != NULL;
  EXPECT(whole, "1. the exporter is whole", "it is too short, or lacks a function");
  return whole ? exporter : NULL;
}

// check(object): pairs of a rule and a fault
static napi_value Check(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value object;
  Report own = {env, NULL, 0};
  Report *report = &own;
  napi_get_cb_info(env, info, &count, &object, NULL, NULL);
  napi_create_array(env, &own.list);
  const mv_exporter *exporter = discover(report, object);
  if (exporter == NULL) return own.list;
  const mv_request request = request_of(0);
  mv_view view;
  mv_error error;
  uint64_t before[4] = {0}, during[4] = {0}, after[4] = {0};
  mv_view_init(&view);
  mv_error_init(&error);
  const int counts = exporter->stats != NULL && exporter->stats(exporter, before) == MV_OK;
  const int32_t status = exporter->acquire(exporter, &request, &view, &error);
  EXPECT(status == MV_OK, "4.1 the memory can be acquired", "status %d: %.200s", (int)status, error.message);
  if (status != MV_OK) return own.list;
  mv_error_init(&error);
  const int32_t sound = mv_check_view(&view, &error);
  EXPECT(sound == MV_OK, "4.6 the view agrees with itself", "%.248s", error.message);
  if (sound != MV_OK) {
    mv_release(&view);
    return own.list;
  }
  EXPECT(view.device_type == MV_CPU && view.device_id == 0, "1. the memory is the CPU's", "device %d, %d",
         (int)view.device_type, (int)view.device_id);
  EXPECT((view.flags & MV_JS_BORROWED) == 0, "6. an exporter's memory is not borrowed", "it says so");
  if (counts) {
    (void)exporter->stats(exporter, during);
    EXPECT(during[0] == before[0] + 1, "4.2 a view is a pin", "pins %llu, expected %llu",
           (unsigned long long)during[0], (unsigned long long)before[0] + 1);
  }
  check_growth(report, exporter);
  check_versions(report, exporter);
  check_requests(report, exporter, &view);
  check_threads(report, exporter);
  // Two at once see the same bytes.
  mv_view second;
  mv_view_init(&second);
  if (exporter->acquire(exporter, &request, &second, NULL) == MV_OK) {
    EXPECT(second.data == view.data && second.nbytes == view.nbytes,
           "4.2 memory that is pinned stays where it is", "at %p, was at %p", second.data, view.data);
    second.release(&second);
    EXPECT(second.release == NULL, "5.1 release sets itself to null", "it does not");
  }
  mv_release(&view);
  if (counts) {
    (void)exporter->stats(exporter, after);
    EXPECT(after[0] == before[0], "5.1 a release takes its pin off", "pins %llu, expected %llu",
           (unsigned long long)after[0], (unsigned long long)before[0]);
  }
  return own.list;
}

NAPI_MODULE_INIT() {
  napi_value check = NULL;
  napi_create_function(env, "check", NAPI_AUTO_LENGTH, Check, NULL, &check);
  napi_set_named_property(env, exports, "check", check);
  return exports;
}
