// The memory that holds generated code: writable at one address, executable at another.
#pragma once

#include "translator/context.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace calque {

/// Bump-allocated; freed all at once. The Context lies right before the code, so that code reaches it by RIP.
class CodeCache {
public:
    /// Throws std::system_error when the host has no memory.
    explicit CodeCache(std::size_t size);
    ~CodeCache();
    CodeCache(const CodeCache&) = delete;
    CodeCache& operator=(const CodeCache&) = delete;

    Context& context() { return *context_; }

    /// Where the next piece of code will be executed.
    std::uint8_t* next() const { return executable_ + used_; }
    std::size_t used() const { return used_; }
    std::size_t free() const { return size_ - used_; }
    bool contains(const void* address) const;

    /// Takes `size` bytes at next() and returns where to write them.
    std::uint8_t* allocate(std::size_t size);
    /// Forgets everything allocated since `used()` was `mark`.
    void rewind(std::size_t mark) { used_ = mark; }

    /// Overwrites four bytes of code, given by their executable address.
    void patch(const std::uint8_t* field, std::uint32_t value);

private:
    std::size_t size_;
    std::size_t used_ = 0;
    std::uint8_t* region_ = nullptr;
    Context* context_ = nullptr;
    std::uint8_t* executable_ = nullptr;
    std::uint8_t* writable_ = nullptr;
};

}  // namespace calque
