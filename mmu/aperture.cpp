// Reserving, mapping and unmapping.
#include "mmu/aperture.hpp"

#include <cerrno>
#include <sys/mman.h>
#include <system_error>

namespace calque {
namespace {

constexpr int reserved = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

}  // namespace

Aperture::Aperture(const PhysicalMemory& memory) : memory_(memory) {
    void* found = mmap(nullptr, span + 2 * margin, PROT_NONE, reserved, -1, 0);
    if (found != MAP_FAILED) reservation_ = static_cast<std::uint8_t*>(found);
}

Aperture::~Aperture() {
    if (reservation_) munmap(reservation_, span + 2 * margin);
}

std::optional<LinearAddress> Aperture::linear(const void* host) const {
    const std::uint64_t distance = reinterpret_cast<std::uint64_t>(host) - base();
    if (!reservation_ || distance >= span) return std::nullopt;
    return distance;
}

bool Aperture::map(std::uint64_t page, const std::uint8_t* host_page) {
    const auto offset = file_offset(host_page);
    if (!reservation_ || !offset) return false;
    if (host_pages_.size() == most_pages) unmap_all();
    constexpr int flags = MAP_SHARED | MAP_FIXED | MAP_POPULATE;
    void* made = mmap(place(page), page_size, PROT_READ | PROT_WRITE, flags, memory_.memfd(),
                      static_cast<off_t>(*offset));
    if (made == MAP_FAILED) return false;
    mapped_.insert(page);
    host_pages_[page] = host_page;
    return true;
}

void Aperture::unmap(std::uint64_t page) {
    reserve(place(page), page_size);
    mapped_.extract(page, page + 1, [](std::uint64_t) {});
    host_pages_.erase(page);
}

void Aperture::unmap_all() {
    if (host_pages_.empty()) return;
    reserve(place(0), span);
    mapped_.extract(0, PageSet::pages, [](std::uint64_t) {});
    host_pages_.clear();
}

std::vector<std::uint64_t> Aperture::pages() const {
    std::vector<std::uint64_t> all;
    all.reserve(host_pages_.size());
    for (const auto& [page, host_page] : host_pages_) all.push_back(page);
    return all;
}

/// What was mapped there must not be reached any more: there is no going on without.
void Aperture::reserve(std::uint8_t* first, std::uint64_t size) const {
    if (mmap(first, size, PROT_NONE, reserved | MAP_FIXED, -1, 0) == MAP_FAILED)
        throw std::system_error(errno, std::generic_category(), "cannot unmap guest memory");
}

std::optional<std::uint64_t> Aperture::file_offset(const std::uint8_t* host_page) const {
    for (const MemoryBlock& block : memory_.blocks())
        if (host_page >= block.host && host_page < block.host + block.size)
            return block.file_offset + static_cast<std::uint64_t>(host_page - block.host);
    return std::nullopt;
}

}  // namespace calque
