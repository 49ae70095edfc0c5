// Linked into the addon that counts its lines. A worker of vitest is killed when its files are done, and a
// killed process writes no counts; so setup.mjs calls this after each file.
extern "C" {
#include <gcov.h>
}

extern "C" __attribute__((visibility("default"))) void mv_dump_counts() {
  __gcov_dump();
  __gcov_reset();
}
