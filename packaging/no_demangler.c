/* Replaces the C++ library's demangler, which is 40 to 90 kB of a prebuilt addon. Only the message of an
 * uncaught exception would use it. That message now contains the compiler's name of the type. */
#include <stddef.h>

char *__cxa_demangle(const char *name, char *out, size_t *length, int *status);
char *__cxa_demangle(const char *name, char *out, size_t *length, int *status) {
  (void)name;
  (void)out;
  (void)length;
  if (status != NULL) *status = -1;
  return NULL;
}
