// The memfd that stands for all guest memory, and the runs of it mapped into the host's address space.
#pragma once

#include <cstdint>
#include <deque>

namespace calque {

/// A run of host memory inside the memfd that stands for guest memory (RAM, video memory, a ROM).
struct MemoryBlock {
    std::uint8_t* host = nullptr;
    std::uint64_t size = 0;         ///< bytes, a multiple of the page size
    std::uint64_t file_offset = 0;  ///< in the memfd, for apertures
};

/// Owns the file and its mappings.
class MemoryFile {
public:
    /// Throws std::system_error, here and in add(), when the host has no memory.
    MemoryFile();
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    int descriptor() const { return descriptor_; }
    const std::deque<MemoryBlock>& blocks() const { return blocks_; }

    /// Grows the file by `size` zeroed bytes (a multiple of the page size). The block stays where it is.
    const MemoryBlock& add(std::uint64_t size);

private:
    int descriptor_;
    std::uint64_t size_ = 0;
    std::deque<MemoryBlock> blocks_;
};

}  // namespace calque
