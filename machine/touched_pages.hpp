// The pages of a memory block that anybody ever touched.
#pragma once

#include "mmu/physical_memory.hpp"

#include <algorithm>
#include <cstdint>
#include <unistd.h>

namespace calque {

/// Calls visit(number, bytes) for each page of the block that its file holds. The others are holes: they read
/// as zeros, and reading them through the block would fill them.
template <typename Visitor>
void for_each_touched_page(int memfd, const MemoryBlock& block, Visitor visit) {
    const auto start = static_cast<off_t>(block.file_offset), end = start + static_cast<off_t>(block.size);
    for (off_t data = lseek(memfd, start, SEEK_DATA); data >= 0 && data < end;) {
        const off_t hole = std::min(lseek(memfd, data, SEEK_HOLE), end);
        for (auto at = static_cast<std::uint64_t>(data - start);
             at < static_cast<std::uint64_t>(hole - start); at += page_size)
            visit(at >> page_shift, block.host + at);
        data = lseek(memfd, hole, SEEK_DATA);
    }
}

}  // namespace calque
