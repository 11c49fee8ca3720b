// Copies of guest memory, page by page.
#include "machine/memory_copy.hpp"

#include "machine/touched_pages.hpp"

#include <algorithm>
#include <cstring>

namespace calque {

namespace {

constexpr MemoryCopy::Page zeros{};

bool holds(const MemoryCopy::SharedPage& page, const std::uint8_t* bytes) {
    return std::memcmp(page ? page->data() : zeros.data(), bytes, page_size) == 0;
}

MemoryCopy::SharedPage copy_of(const std::uint8_t* bytes) {
    if (is_zero_page(bytes)) return nullptr;
    auto page = std::make_shared_for_overwrite<MemoryCopy::Page>();
    std::memcpy(page->data(), bytes, page_size);
    return page;
}

}  // namespace

bool is_zero_page(const std::uint8_t* bytes) { return std::memcmp(bytes, zeros.data(), page_size) == 0; }

MemoryCopy::MemoryCopy(int memfd, const MemoryBlock& block, const MemoryCopy* like) : MemoryCopy(block.size) {
    if (like && like->size() != size()) like = nullptr;
    for_each_touched_page(memfd, block, [&](std::uint64_t number, const std::uint8_t* bytes) {
        const bool same = like && like->pages_[number] && holds(like->pages_[number], bytes);
        pages_[number] = same ? like->pages_[number] : copy_of(bytes);
    });
}

// What is as it should be is not written, so that it stays a hole, or in the host's cache.
void MemoryCopy::put_back(int memfd, const MemoryBlock& block) const {
    std::vector<bool> touched(pages_.size());
    for_each_touched_page(memfd, block, [&](std::uint64_t number, std::uint8_t* bytes) {
        touched[number] = true;
        const SharedPage& page = pages_[number];
        if (!holds(page, bytes)) std::memcpy(bytes, page ? page->data() : zeros.data(), page_size);
    });
    for (std::size_t number = 0; number < pages_.size(); ++number) {
        if (touched[number] || !pages_[number]) continue;
        std::memcpy(block.host + (number << page_shift), pages_[number]->data(), page_size);
    }
}

}  // namespace calque
