// The one check of these tests: says where and what, and ends the program.
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

/// The tests of makers_test.cc; `rounds` is how long the threads race.
void TestMakers(int rounds);
/// The tests of file_memory_test.cc.
void TestFiles(int rounds);

#endif  // MEMORYVIEW_TEST_EXPECT_H_
