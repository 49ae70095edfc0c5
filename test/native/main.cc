// Runs the tests of native/core: all of them, or the files that are named.
//
//     core-test [rounds of the races] [file ...]     "ledger" names ledger_test.cc
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "expect.h"

int main(int argc, char** argv) {
  // By lines also into a pipe, so that what is printed before a crash tells which tests ran.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  int first = 1;
  int rounds = 300;
  if (argc > 1 && std::atoi(argv[1]) > 0) {
    rounds = std::atoi(argv[1]);
    first = 2;
  }
  for (int i = first; i < argc; i++) {
    Suite* suite = Suite::First();
    while (suite != nullptr && std::strcmp(suite->name(), argv[i]) != 0) suite = suite->next();
    if (suite != nullptr) continue;
    std::fprintf(stderr, "native/core: \"%s\" given, expected one of", argv[i]);
    for (suite = Suite::First(); suite != nullptr; suite = suite->next()) {
      std::fprintf(stderr, " %s", suite->name());
    }
    std::fputs("\n", stderr);
    return 2;
  }
  for (const Suite* suite = Suite::First(); suite != nullptr; suite = suite->next()) {
    bool wanted = first >= argc;
    for (int i = first; i < argc; i++) wanted = wanted || std::strcmp(suite->name(), argv[i]) == 0;
    if (!wanted) continue;
    std::printf("native/core: %s runs\n", suite->name());
    suite->Run(rounds);
    std::printf("native/core: %s passed\n", suite->name());
  }
  std::puts("native/core: all passed");
  return 0;
}
