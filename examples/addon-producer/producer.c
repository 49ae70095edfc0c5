// A plain C addon that passes its own memory to JavaScript and to other addons. It links nothing and
// needs only memoryview.h.
//
// makeGrid allocates floats and gives them to the header's exporter, which owns them and calls FreeGrid
// once, when the last holder has released them, on any thread. The two counters show this.
#include <stdlib.h>

#include "memoryview.h"

static int made, freed;  // atomic: FreeGrid may run on any thread

static void FreeGrid(void *data, void *arg) {
  (void)arg;
  free(data);
  __atomic_fetch_add(&freed, 1, __ATOMIC_RELAXED);
}

// makeGrid(rows, columns, step = 1, readonly = false): an object with the memory of rows x columns
// floats, `step` floats apart; element (r, c) is r * columns + c.
static napi_value MakeGrid(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value argv[4], object = NULL;
  int64_t rows = 0, columns = 0, step = 1;
  bool readonly = false;
  napi_get_cb_info(env, info, &count, argv, NULL, NULL);
  if (napi_get_value_int64(env, argv[0], &rows) != napi_ok ||
      napi_get_value_int64(env, argv[1], &columns) != napi_ok || rows < 1 || columns < 1 || rows > 1 << 20 ||
      columns > 1 << 10) {
    napi_throw_type_error(env, "ERR_INVALID_ARG", "makeGrid: expected rows and columns");
    return NULL;
  }
  if (napi_get_value_int64(env, argv[2], &step) != napi_ok || step < 1 || step > 16) step = 1;
  napi_get_value_bool(env, argv[3], &readonly);

  const size_t nbytes = (size_t)(rows * columns * step) * sizeof(float);
  float *grid = calloc(1, nbytes);
  if (grid == NULL) return NULL;
  for (int64_t i = 0; i < rows * columns; ++i) grid[i * step] = (float)i;

  const int64_t shape[2] = {rows, columns};
  const int64_t strides[2] = {columns * step * (int64_t)sizeof(float), step * (int64_t)sizeof(float)};
  const mv_layout layout = {.dtype = mv_dtype_make(MV_FLOAT, 32),
                            .ndim = 2,
                            .shape = shape,
                            .strides = strides,
                            .flags = readonly ? MV_READONLY : 0};
  mv_error error;
  mv_exporter *exporter = mv_export_memory(grid, nbytes, FreeGrid, NULL, &layout, &error);
  if (exporter == NULL) {
    free(grid);
    mv_throw(env, "makeGrid: the layout", &error);
    return NULL;
  }
  __atomic_fetch_add(&made, 1, __ATOMIC_RELAXED);
  if (mv_to_js(env, exporter, &object) != napi_ok) object = NULL;
  exporter->drop(exporter);  // the object holds one of its own
  return object;
}

// release(grid): frees the floats now; throws, and names the consumer, while a view of them is held.
static napi_value Release(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argv[1], symbol, external;
  mv_error error;
  napi_get_cb_info(env, info, &count, argv, NULL, NULL);
  if (node_api_symbol_for(env, MV_SYMBOL, NAPI_AUTO_LENGTH, &symbol) != napi_ok ||
      napi_get_property(env, argv[0], symbol, &external) != napi_ok) {
    return NULL;
  }
  const mv_exporter *exporter = mv_exporter_of(env, external, &error);
  if (exporter == NULL || mv_close((mv_exporter *)(uintptr_t)exporter, &error) != MV_OK) {
    mv_throw(env, "release: the grid", &error);
  }
  return NULL;
}

// ledger(): [made, freed] so far.
static napi_value Ledger(napi_env env, napi_callback_info info) {
  napi_value list, number;
  (void)info;
  napi_create_array_with_length(env, 2, &list);
  napi_create_int32(env, __atomic_load_n(&made, __ATOMIC_RELAXED), &number);
  napi_set_element(env, list, 0, number);
  napi_create_int32(env, __atomic_load_n(&freed, __ATOMIC_RELAXED), &number);
  napi_set_element(env, list, 1, number);
  return list;
}

static void PrintLedger(void) {
  fprintf(stderr, "producer: made %d, freed %d\n", __atomic_load_n(&made, __ATOMIC_RELAXED),
          __atomic_load_n(&freed, __ATOMIC_RELAXED));
}

// printLedgerAtExit(): prints the ledger to stderr at the end of the process.
static napi_value PrintLedgerAtExit(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  mv_pin_module();
  atexit(PrintLedger);
  return NULL;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"makeGrid", NULL, MakeGrid, NULL, NULL, NULL, napi_enumerable, NULL},
      {"release", NULL, Release, NULL, NULL, NULL, napi_enumerable, NULL},
      {"ledger", NULL, Ledger, NULL, NULL, NULL, napi_enumerable, NULL},
      {"printLedgerAtExit", NULL, PrintLedgerAtExit, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}
