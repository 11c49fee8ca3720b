// Anonymous, unreserved mappings for sparse arrays.
#include "mmu/zeroed_array.hpp"

#include <cerrno>
#include <sys/mman.h>
#include <system_error>

namespace calque {

void* map_zeroed(std::size_t bytes) {
    constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "cannot map a table");
    return memory;
}

void unmap_zeroed(void* memory, std::size_t bytes) { munmap(memory, bytes); }

}  // namespace calque
