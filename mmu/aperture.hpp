// Linear pages of one view laid out where the host's own MMU finds them.
#pragma once

#include "mmu/page_set.hpp"
#include "mmu/physical_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace calque {

/// 4 GiB of host addresses that mirror the linear ones. A page that is mapped is a second mapping of the
/// guest's memory, to be read and written without a check; an access to any other faults, as do those within
/// `margin` below and above.
///
/// To map a page costs as much as a thousand instructions, so only pages that stay are worth it. The owner
/// keeps it true: what may no longer be written like plain memory has to be unmapped.
class Aperture {
public:
    static constexpr std::uint64_t margin = 64U << 10;

    /// Not there if the host refuses to reserve the addresses.
    explicit Aperture(const PhysicalMemory& memory);
    ~Aperture();
    Aperture(const Aperture&) = delete;
    Aperture& operator=(const Aperture&) = delete;

    bool is_there() const { return reservation_ != nullptr; }
    /// Where linear address 0 is.
    std::uint64_t base() const { return reinterpret_cast<std::uint64_t>(reservation_) + margin; }
    /// The linear address that stands at `host`, if one does.
    std::optional<LinearAddress> linear(const void* host) const;

    bool holds(std::uint64_t page) const { return mapped_.contains(page); }
    /// The page's guest memory, as it was given to map(). Of a page that it holds.
    const std::uint8_t* host_page(std::uint64_t page) const { return host_pages_.at(page); }
    /// Of the pages that it holds.
    std::vector<std::uint64_t> pages() const;

    /// `host_page` is the start of a page of guest memory. False: the host refuses.
    bool map(std::uint64_t page, const std::uint8_t* host_page);
    /// Of a page that it holds.
    void unmap(std::uint64_t page);
    void unmap_all();

private:
    /// Each is a mapping of its own for the host, which has a limit for them.
    static constexpr std::size_t most_pages = 4096;
    static constexpr std::uint64_t span = PhysicalMemory::pages * page_size;

    std::optional<std::uint64_t> file_offset(const std::uint8_t* host_page) const;
    std::uint8_t* place(std::uint64_t page) const { return reservation_ + margin + page * page_size; }
    void reserve(std::uint8_t* first, std::uint64_t size) const;

    const PhysicalMemory& memory_;
    std::uint8_t* reservation_ = nullptr;
    PageSet mapped_;
    std::unordered_map<std::uint64_t, const std::uint8_t*> host_pages_;
};

}  // namespace calque
