// Filling and dropping of shadow entries.
#include "mmu/shadow_page_table.hpp"

#include <algorithm>

namespace calque {

namespace {

std::uint64_t page_number(LinearAddress address) {
    return address >> page_shift & (ShadowPageTable::pages - 1);
}

std::uint64_t addend(std::uint64_t page, const std::uint8_t* host_page) {
    return reinterpret_cast<std::uint64_t>(host_page) - (page << page_shift);
}

}  // namespace

void ShadowPageTable::fill_read(LinearAddress address, std::uint8_t* host_page) {
    const std::uint64_t page = page_number(address);
    set_read(page, addend(page, host_page));
    filled_.insert(page);
}

void ShadowPageTable::fill_write(LinearAddress address, std::uint8_t* host_page) {
    const std::uint64_t page = page_number(address);
    set_write(page, addend(page, host_page));
    filled_.insert(page);
}

void ShadowPageTable::fill_fetch(LinearAddress address, PhysicalAddress physical_page) {
    const std::uint64_t page = page_number(address);
    fetch_[page] = (physical_page & ~page_mask) | 1;
    filled_.insert(page);
}

void ShadowPageTable::fill_indirect(LinearAddress address, AccessKind kind, PhysicalAddress physical_page) {
    const std::uint64_t page = page_number(address);
    (kind == AccessKind::read ? indirect_read_ : indirect_write_)[page] = (physical_page & ~page_mask) | 1;
    filled_.insert(page);
}

bool ShadowPageTable::drop(LinearAddress address, std::uint64_t count) {
    const std::uint64_t first = page_number(address);
    std::uint64_t fetches = 0;
    filled_.extract(first, std::min(first + count, pages), [&](std::uint64_t page) {
        fetches |= fetch_[page];
        set_read(page, 0);
        set_write(page, 0);
        fetch_[page] = 0;
        if (indirect_read_[page]) indirect_read_[page] = 0;  // a store would take host memory
        if (indirect_write_[page]) indirect_write_[page] = 0;
    });
    return fetches != 0;
}

void ShadowPageTable::drop_write(LinearAddress address, const std::uint8_t* host_page) {
    const std::uint64_t page = page_number(address);
    if (write_[page] == addend(page, host_page)) set_write(page, 0);
}

void ShadowPageTable::drop_writes_to(const std::uint8_t* host_page) {
    filled_.for_each([&](std::uint64_t page) { drop_write(page << page_shift, host_page); });
}

/// What is mapped there is what the new write entry leads to, or nothing.
void ShadowPageTable::check_aperture(std::uint64_t page, std::uint64_t entry) {
    if (entry != addend(page, aperture_->host_page(page))) aperture_->unmap(page);
}

bool ShadowPageTable::fill_aperture(LinearAddress address) {
    const LinearAddress page = address & ~page_mask;
    const std::uint8_t* host_page = writable(page, 1);
    return host_page && aperture_->map(page_number(page), host_page);
}

}  // namespace calque
