// Guest memory as a memfd.
#include "mmu/memory_file.hpp"

#include <cerrno>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace calque {

namespace {

[[noreturn]] void fail() {
    throw std::system_error(errno, std::generic_category(), "cannot allocate guest memory");
}

}  // namespace

MemoryFile::MemoryFile() : descriptor_(memfd_create("calque-memory", MFD_CLOEXEC)) {
    if (descriptor_ < 0) fail();
}

MemoryFile::~MemoryFile() {
    for (const MemoryBlock& block : blocks_) munmap(block.host, block.size);
    close(descriptor_);
}

const MemoryBlock& MemoryFile::add(std::uint64_t size) {
    if (ftruncate(descriptor_, static_cast<off_t>(size_ + size)) != 0) fail();
    void* host = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor_,
                      static_cast<off_t>(size_));
    if (host == MAP_FAILED) fail();
    blocks_.push_back({static_cast<std::uint8_t*>(host), size, size_});
    size_ += size;
    return blocks_.back();
}

}  // namespace calque
