#error "macOS numbers its system calls otherwise, and forbids them"
