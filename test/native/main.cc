// Runs the tests of native/core: all of them, or the files that are named.
//
//     core-test [rounds of the races] [file ...]     "ledger" names ledger_test.cc, "kernels" all files of
//     that folder
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "expect.h"

namespace {

// Whether a suite, "search" or "kernels/search", is meant: by its name, its folder or both.
bool IsNamed(const Suite& suite, const char* name) {
  const char* slash = std::strchr(suite.name(), '/');
  if (std::strcmp(suite.name(), name) == 0) return true;
  if (slash == nullptr) return false;
  const auto length = static_cast<size_t>(slash - suite.name());
  return std::strcmp(slash + 1, name) == 0 ||
         (std::strlen(name) == length && std::strncmp(suite.name(), name, length) == 0);
}

}  // namespace

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
    while (suite != nullptr && !IsNamed(*suite, argv[i])) suite = suite->next();
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
    for (int i = first; i < argc; i++) wanted = wanted || IsNamed(*suite, argv[i]);
    if (!wanted) continue;
    std::printf("native/core: %s runs\n", suite->name());
    suite->Run(rounds);
    std::printf("native/core: %s passed\n", suite->name());
  }
  std::puts("native/core: all passed");
  return 0;
}
