// The memory that holds generated code.
#include "translator/code_cache.hpp"

#include <cerrno>
#include <cstring>
#include <new>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace calque {
namespace {

constexpr std::size_t code_alignment = 16;

constexpr std::size_t round_to_pages(std::size_t size) { return (size + 4095) & ~std::size_t{4095}; }

void* map_or_throw(void* address, std::size_t size, int protection, int flags, int file) {
    void* memory = mmap(address, size, protection, flags, file, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "translation cache");
    return memory;
}

}  // namespace

CodeCache::CodeCache(std::size_t size) : size_(round_to_pages(size)) {
    const std::size_t data = round_to_pages(sizeof(Context));
    const int file = memfd_create("calque-translations", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, static_cast<off_t>(size_)) != 0)
        throw std::system_error(errno, std::generic_category(), "translation cache");
    region_ =
        static_cast<std::uint8_t*>(map_or_throw(nullptr, 2 * size_ + data + size_, PROT_READ | PROT_WRITE,
                                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1));
    context_ = new (region_ + 2 * size_) Context;
    executable_ = static_cast<std::uint8_t*>(
        map_or_throw(region_ + 2 * size_ + data, size_, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, file));
    writable_ =
        static_cast<std::uint8_t*>(map_or_throw(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file));
    close(file);
}

CodeCache::~CodeCache() {
    munmap(region_, 2 * size_ + round_to_pages(sizeof(Context)) + size_);
    munmap(writable_, size_);
}

bool CodeCache::contains(const void* address) const {
    const auto* byte = static_cast<const std::uint8_t*>(address);
    return byte >= executable_ && byte < executable_ + size_;
}

WritablePlace CodeCache::allocate(const CodeSize& size) {
    const WritablePlace place{writable_ + used_.hot, writable_ + cold_start() + used_.cold};
    used_.hot += (size.hot + code_alignment - 1) & ~(code_alignment - 1);
    used_.cold += size.cold;
    return place;
}

void CodeCache::patch(const std::uint8_t* field, std::uint32_t value) {
    std::memcpy(writable_ + (field - executable_), &value, sizeof(value));
}

}  // namespace calque
