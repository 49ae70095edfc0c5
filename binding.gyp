{
  # packaging/prebuilds.mjs sets it for a binary that other systems shall run: "glibc", "musl" or "darwin". Else empty.
  "variables": {"prebuild%": ""},
  "targets": [
    {
      "target_name": "memoryview",
      "sources": [
        "native/addon.cc",
        "native/core/arena.cc",
        "native/capi/adopted_block.cc",
        "native/capi/arrow_export.cc",
        "native/capi/arrow_import.cc",
        "native/capi/arrow_stream.cc",
        "native/capi/dlpack.cc",
        "native/capi/exporter.cc",
        "native/core/block.cc",
        "native/core/byte_runs.cc",
        "native/core/file_memory.cc",
        "native/core/foreign_memory.cc",
        "native/core/kernels/compare.cc",
        "native/core/kernels/copy_narrow.cc",
        "native/core/kernels/cpu.cc",
        "native/core/guard.cc",
        "native/core/handles.cc",
        "native/core/heap.cc",
        "native/core/ledger.cc",
        "native/core/secret_memory.cc",
        "native/core/page_cache.cc",
        "native/core/kernels/pair_walk.cc",
        "native/core/parallel.cc",
        "native/core/kernels/search.cc",
        "native/core/small_heap.cc",
        "native/core/kernels/stream_limits.cc",
        "native/core/kernels/strided_copy.cc",
        "native/node/accounting.cc",
        "native/node/adoption.cc",
        "native/node/arrow_export.cc",
        "native/node/arrow_description.cc",
        "native/node/arrow_import.cc",
        "native/node/arrow_pull.cc",
        "native/node/arrow_stream.cc",
        "native/node/dlpack.cc",
        "native/node/address.cc",
        "native/node/pointer.cc",
        "native/node/arena.cc",
        "native/node/copy_work.cc",
        "native/node/environment.cc",
        "native/node/environment_end.cc",
        "native/node/environment_pins.cc",
        "native/node/environment_release.cc",
        "native/node/file.cc",
        "native/node/file_transfer.cc",
        "native/node/foreign.cc",
        "native/node/handle.cc",
        "native/node/exporter.cc",
        "native/node/kernels.cc",
        "native/node/mailbox.cc",
        "native/node/memory.cc",
        "native/node/pins.cc",
        "native/node/item_layouts.cc"
      ],
      # Headers only. A tarball contains them, because a build from one has no development dependencies.
      "include_dirs": [
        "native/include",
        "<!(node -p \"require('node-addon-api').include_dir\")"
      ],
      # The third: an exception that can't be thrown while the environment ends must not end the process.
      "defines": [
        "NAPI_VERSION=9",
        "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"
      ],
      # C++ exceptions are failed allocations, and end at the boundary (native/node/raw.h).
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-exceptions"],
      "cflags_cc": ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fvisibility=hidden"],
      "cflags!": ["-Wno-unused-parameter"],
      "ldflags": ["-Wl,-z,nodelete"],
      "conditions": [
        ["OS!='win'", {
          "sources": [
            "native/core/fault_guard_posix.cc",
            "native/core/file_memory_posix.cc",
            "native/core/file_transfer_posix.cc",
            "native/core/guard_posix.cc",
            "native/core/mapping_posix.cc",
            "native/core/shared_memory_posix.cc"
          ]
        }],
        ["OS=='win'", {
          "sources": [
            "native/core/fault_guard_win32.cc",
            "native/core/file_memory_win32.cc",
            "native/core/file_transfer_win32.cc",
            "native/core/guard_win32.cc",
            "native/core/mapping_win32.cc",
            "native/core/shared_memory_win32.cc",
            "native/core/system_win32.cc",
            "native/core/win32.cc"
          ],
          "libraries": ["advapi32.lib"],
          "msvs_settings": {"VCCLCompilerTool": {"AdditionalOptions": ["/std:c++20"], "ExceptionHandling": 1}}
        }],
        ["OS=='linux'", {
          "sources": ["native/core/system_linux.cc"],
          "libraries": ["-ldl", "-lrt"],
          # GCC's limit at -O2. With that of -O3, each call of node-addon-api inlines the code that makes its errors,
          # and the addon is 1.6 times as large. Clang does not know the parameter.
          "cflags_cc": [
            "<!(${CXX:-g++} --version | grep -q 'Free Software' && echo --param=max-inline-insns-single=70 || echo -fvisibility=hidden)"
          ]
        }],
        ["OS=='mac'", {"sources": ["native/core/system_darwin.cc"]}],
        ["prebuild!=''", {
          "cflags": ["-ffile-prefix-map=<(module_root_dir)=.", "-ffunction-sections", "-fdata-sections"]
        }],
        ["prebuild=='glibc' or prebuild=='musl'", {
          "sources": ["packaging/no_demangler.c"],
          # libstdc++ is linked in and not exported, because Node has its own.
          "ldflags": [
            "-static-libstdc++",
            "-static-libgcc",
            "-Wl,--version-script=<(module_root_dir)/packaging/exports.map",
            "-Wl,--gc-sections",
            "-Wl,--build-id=none",
            "-Wl,-z,noseparate-code",
            "-Wl,-s"
          ]
        }],
        ["prebuild=='glibc'", {
          "sources": ["packaging/glibc_floor.c"],
          "ldflags": [
            "-Wl,--wrap=pthread_attr_getstack",
            "-Wl,--wrap=pthread_cond_clockwait",
            "-Wl,--wrap=pthread_create",
            "-Wl,--wrap=pthread_detach",
            "-Wl,--wrap=pthread_getattr_np",
            "-Wl,--wrap=pthread_join",
            "-Wl,--wrap=pthread_mutex_trylock",
            "-Wl,--wrap=pthread_once",
            "-Wl,--wrap=pthread_sigmask",
            "-Wl,--wrap=__pthread_key_create",
            "-Wl,--wrap=dlopen",
            "-Wl,--wrap=dladdr",
            "-Wl,--wrap=shm_open",
            "-Wl,--wrap=shm_unlink",
            "-Wl,--wrap=fstat",
            "-Wl,--wrap=fstat64"
          ],
          # Empty since glibc 2.34. Before, these functions were in separate libraries.
          "libraries!": ["-ldl", "-lrt"],
          "libraries": ["-Wl,--no-as-needed", "-l:libpthread.so.0", "-l:libdl.so.2", "-l:librt.so.1"]
        }]
      ],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
        "MACOSX_DEPLOYMENT_TARGET": "11.0",
        "OTHER_CPLUSPLUSFLAGS": ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
      }
    }
  ]
}
