// A copy of a block of guest memory in which zeros take no room and equal pages are shared.
#pragma once

#include "mmu/physical_memory.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace calque {

class MemoryCopy {
public:
    using Page = std::array<std::uint8_t, page_size>;
    /// nullptr: zeros.
    using SharedPage = std::shared_ptr<const Page>;

    /// Zeros.
    explicit MemoryCopy(std::uint64_t size) : pages_(size >> page_shift) {}
    /// Copies a block of `memfd`; pages that are as in `like`, if given, are shared with it.
    MemoryCopy(int memfd, const MemoryBlock& block, const MemoryCopy* like);

    /// Makes the block, which must be as large, what it was. Whatever was derived from it must be dropped.
    void put_back(int memfd, const MemoryBlock& block) const;

    std::uint64_t size() const { return pages_.size() << page_shift; }
    const std::vector<SharedPage>& pages() const { return pages_; }
    void set_page(std::size_t number, SharedPage page) { pages_[number] = std::move(page); }

private:
    std::vector<SharedPage> pages_;
};

/// Whether a page holds nothing but zeros.
bool is_zero_page(const std::uint8_t* bytes);

}  // namespace calque
