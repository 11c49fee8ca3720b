// The memory that holds generated code: writable at one address, executable at another.
#pragma once

#include "translator/context.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace calque {

/// The two parts of a piece of code: what runs all the time, and what a missing mapping or target leads to.
template <typename Byte>
struct PlaceOf {
    Byte* hot = nullptr;
    Byte* cold = nullptr;
};
using CodePlace = PlaceOf<const std::uint8_t>;
using WritablePlace = PlaceOf<std::uint8_t>;
struct CodeSize {
    std::size_t hot = 0, cold = 0;

    std::size_t sum() const { return hot + cold; }
};

/// Bump-allocated; freed all at once. The Context lies right before the code, so that code reaches it by RIP,
/// and before that the records of what the code is about.
/// Hot parts lie side by side, and so do cold parts: the processor's caches hold more of what runs.
class CodeCache {
public:
    /// Throws std::system_error when the host has no memory.
    explicit CodeCache(std::size_t size);
    ~CodeCache();
    CodeCache(const CodeCache&) = delete;
    CodeCache& operator=(const CodeCache&) = delete;

    Context& context() { return *context_; }
    /// Twice the code's size, which is more than its records ever take. Memory only once it is used.
    std::span<std::uint8_t> records() { return {region_, 2 * size_ - scratch_size}; }
    /// Room behind them for the records of a single translation that nobody keeps.
    std::span<std::uint8_t> scratch() const { return {region_ + 2 * size_ - scratch_size, scratch_size}; }

    /// Where the next piece of code will be executed.
    CodePlace next() const { return {executable_ + used_.hot, executable_ + cold_start() + used_.cold}; }
    const CodeSize& used() const { return used_; }
    /// Whether a piece fits of which neither part is larger than `size`.
    bool has_room(std::size_t size) const {
        return cold_start() - used_.hot >= size && size_ - cold_start() - used_.cold >= size;
    }
    bool contains(const void* address) const;

    /// Takes `size` bytes at next() and returns where to write them.
    WritablePlace allocate(const CodeSize& size);
    /// Forgets everything allocated since `used()` was `mark`.
    void rewind(const CodeSize& mark) { used_ = mark; }

    /// Overwrites four bytes of code, given by their executable address.
    void patch(const std::uint8_t* field, std::uint32_t value);

private:
    static constexpr std::size_t scratch_size = 1 << 16;

    std::size_t cold_start() const { return size_ / 2; }

    std::size_t size_;
    CodeSize used_;
    std::uint8_t* region_ = nullptr;
    Context* context_ = nullptr;
    std::uint8_t* executable_ = nullptr;
    std::uint8_t* writable_ = nullptr;
};

}  // namespace calque
