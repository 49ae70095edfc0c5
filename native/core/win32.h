// What the files for Windows share: error numbers, sizes, and the handles behind a descriptor.
//
// Node's descriptors belong to its own C runtime, and a section (Windows's object behind a mapping) has no
// descriptor at all. So this library gives each section that it keeps a number of its own, from kFirstKept
// on, which Node never gives out. The table of these numbers owns the handles; it is never destroyed, and
// all functions may be called on any thread. A section that children may open has another number besides,
// kFirstInherited and the value of a handle, which is the same in each child that inherits the handle.
#ifndef MEMORYVIEW_CORE_WIN32_H_
#define MEMORYVIEW_CORE_WIN32_H_

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "mapping.h"

namespace mv {

/// The number of a Windows error as libuv has it, negative; for GetLastError() by default.
int WindowsRefusal(DWORD error = GetLastError());

/// The multiple of bytes at which a view of a section starts in the section.
size_t Granularity();

/// Maps a part of a section such that the view can be overlaid later without a gap. Null if the system
/// refuses; GetLastError() tells why.
void* MapView(HANDLE section, uint64_t offset, size_t nbytes, DWORD protection);

/// Whether a view of a section lies at an address.
bool IsView(const void* address);

/// A section, and the file that it shows (null for memory without a file).
struct SectionHandles {
  HANDLE section = nullptr;
  HANDLE file = nullptr;
};

/// Takes the handles over. The number, or a refusal; then the handles are closed.
int KeepHandles(const SectionHandles& kept);
/// The handles of a number; both null for another number. They are the table's, or what this process
/// inherited.
SectionHandles FindHandles(int descriptor);
/// Lets children that are started from now on inherit the section of a number. The number by which they find
/// it, or a refusal; the same number for what has a file.
int LetInherit(int descriptor);
/// Gives a number without a section its section. False if it has one, or is no such number.
bool SetSection(int descriptor, HANDLE section);
/// Closes the handles of a number; other numbers are left alone.
void CloseHandles(int descriptor);

/// The handle of a descriptor of Node's; INVALID_HANDLE_VALUE for any other number.
HANDLE FileOf(int descriptor);

}  // namespace mv

#endif  // MEMORYVIEW_CORE_WIN32_H_
