// The one check of these tests, which says what failed where and ends the program; and how a file names
// itself to main.cc.
#ifndef MEMORYVIEW_TEST_EXPECT_H_
#define MEMORYVIEW_TEST_EXPECT_H_

#include <cstdio>
#include <cstdlib>

#define EXPECT(condition)                                                          \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::exit(1);                                                                \
    }                                                                              \
  } while (false)

/// The tests of one file. Each *_test.cc has one, at its end; main.cc runs all, or those that are named.
class Suite {
 public:
  /// @param run gets the number of rounds that threads race
  Suite(const char* name, void (*run)(int rounds)) : name_(name), run_(run), next_(First()) {
    First() = this;
  }
  Suite(const Suite&) = delete;
  Suite& operator=(const Suite&) = delete;

  static Suite*& First() {
    static Suite* first = nullptr;
    return first;
  }
  const char* name() const { return name_; }
  Suite* next() const { return next_; }
  void Run(int rounds) const { run_(rounds); }

 private:
  const char* const name_;
  void (*const run_)(int);
  Suite* const next_;
};

#endif  // MEMORYVIEW_TEST_EXPECT_H_
