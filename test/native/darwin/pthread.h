// The functions of macOS's <pthread.h> beyond POSIX; system_darwin.cc needs the stack of a thread.
#include_next <pthread.h>

#ifndef MEMORYVIEW_DARWIN_PTHREAD_H_
#define MEMORYVIEW_DARWIN_PTHREAD_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
void* pthread_get_stackaddr_np(pthread_t thread);
size_t pthread_get_stacksize_np(pthread_t thread);
#ifdef __cplusplus
}
#endif

#endif  // MEMORYVIEW_DARWIN_PTHREAD_H_
