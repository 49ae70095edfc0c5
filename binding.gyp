{
  "targets": [
    {
      "target_name": "memoryview",
      "sources": [
        "native/addon.cc",
        "native/core/arena.cc",
        "native/capi/adopted_block.cc",
        "native/capi/dlpack.cc",
        "native/capi/exporter.cc",
        "native/core/block.cc",
        "native/core/fault_guard.cc",
        "native/core/file_memory.cc",
        "native/core/foreign_memory.cc",
        "native/core/compare.cc",
        "native/core/guard_posix.cc",
        "native/core/handles.cc",
        "native/core/heap.cc",
        "native/core/ledger.cc",
        "native/core/mapping_posix.cc",
        "native/core/shared_memory.cc",
        "native/core/pair_walk.cc",
        "native/core/parallel.cc",
        "native/core/search.cc",
        "native/core/small_heap.cc",
        "native/core/strided_copy.cc",
        "native/node/accounting.cc",
        "native/node/adoption.cc",
        "native/node/dlpack.cc",
        "native/node/address.cc",
        "native/node/arena.cc",
        "native/node/environment.cc",
        "native/node/file.cc",
        "native/node/foreign.cc",
        "native/node/handle.cc",
        "native/node/exporter.cc",
        "native/node/kernels.cc",
        "native/node/mailbox.cc",
        "native/node/memory.cc",
        "native/node/pins.cc"
      ],
      "include_dirs": ["native/include"],
      "defines": ["NAPI_VERSION=9"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fvisibility=hidden"],
      "cflags!": ["-Wno-unused-parameter"],
      "ldflags": ["-Wl,-z,nodelete"],
      "libraries": ["-ldl"],
      "conditions": [["OS=='linux'", {"libraries": ["-lrt"]}]],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
        "MACOSX_DEPLOYMENT_TARGET": "11.0",
        "OTHER_CPLUSPLUSFLAGS": ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
      }
    }
  ]
}
