// Guest-physical address space: RAM, ROM and MMIO behind 4 KiB pages, with write tracking and A20.
#pragma once

#include "mmu/memory_file.hpp"
#include "mmu/mmio.hpp"
#include "mmu/mmio_page.hpp"
#include "mmu/zeroed_array.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace calque {

using LinearAddress = std::uint64_t;

inline constexpr unsigned page_shift = 12;
inline constexpr std::uint64_t page_size = 1ULL << page_shift;
inline constexpr std::uint64_t page_mask = page_size - 1;

/// Why stores to a page of RAM are looked at before they take effect. Bits of a mask.
enum WriteTracking : std::uint8_t {
    tracks_code = 1,        ///< the block cache holds instructions decoded from this page
    tracks_page_table = 2,  ///< shadow entries were derived from a page-table entry in this page
};

/// Told of every store to a tracked page (CPU, DMA, the walker's own accessed/dirty updates), after
/// it took effect. Stores that leave the value as it was are not reported; long ones are reported in
/// pieces of at most 64 bytes, each before the next takes effect.
class WriteObserver {
public:
    virtual ~WriteObserver() = default;
    virtual void written(PhysicalAddress address, std::size_t size) = 0;
};

/// The guest-physical address space.
///
/// Every page below 4 GiB is one of: RAM (read and written through a host pointer), ROM (read through a
/// host pointer, stores ignored), MMIO (a handler), or nothing (reads all ones, stores ignored).
/// Mapping over a mapped page replaces it, as a chip set's address decoder does. Addresses at and
/// above 4 GiB are nothing.
///
/// Tracking belongs to the physical page: a block mapped as RAM at two places is tracked at each by itself.
class PhysicalMemory {
public:
    static constexpr std::uint64_t pages = 1ULL << 20;

    /// Creates `ram_size` bytes of RAM (a multiple of 4 KiB) mapped at 0, in a memfd.
    /// Throws std::system_error when the host has no memory.
    explicit PhysicalMemory(std::uint64_t ram_size);
    ~PhysicalMemory();
    PhysicalMemory(const PhysicalMemory&) = delete;
    PhysicalMemory& operator=(const PhysicalMemory&) = delete;

    const MemoryBlock& ram() const { return ram_; }
    /// RAM and what add_block() added, in this order.
    const std::deque<MemoryBlock>& blocks() const { return file_.blocks(); }
    int memfd() const { return file_.descriptor(); }

    /// More memory in the memfd, zeroed, not yet mapped anywhere. Lives as long as this object.
    const MemoryBlock& add_block(std::uint64_t size);

    /// RAM and ROM cover whole pages; an MMIO range may cover part of a page, the rest of which is then
    /// nothing or other such ranges. What reaches above 4 GiB is cut off.
    void map_ram(PhysicalAddress base, const MemoryBlock& block, std::uint64_t offset, std::uint64_t size);
    void map_rom(PhysicalAddress base, const MemoryBlock& block, std::uint64_t offset, std::uint64_t size);
    void map_mmio(PhysicalAddress base, std::uint64_t size, MmioHandler& handler);
    void unmap(PhysicalAddress base, std::uint64_t size);

    /// One page of MMIO in front of what is mapped there now or later, as a processor's own local APIC is:
    /// the chip set never sees accesses to it. Above 4 GiB: nowhere. Replaces the one before.
    void set_overlay(PhysicalAddress base, MmioHandler& handler);
    void remove_overlay();

    /// The A20 gate: while disabled, address bit 20 reads as 0.
    void set_a20(bool enabled);
    bool a20() const { return a20_mask_ == ~0ULL; }
    PhysicalAddress apply_a20(PhysicalAddress address) const { return address & a20_mask_; }

    /// Any access: aligned or not, across pages or not; wide MMIO accesses that cross a page are split.
    /// `address` is taken through the A20 gate.
    std::uint64_t read(PhysicalAddress address, unsigned size);
    void write(PhysicalAddress address, std::uint64_t value, unsigned size);

    /// DMA and images: bytes in and out, with write tracking, without a size limit. A piece of 1, 2, 4 or 8
    /// bytes inside an MMIO page is one access; others are split at their natural alignment.
    void read_bytes(PhysicalAddress address, std::span<std::uint8_t> bytes);
    void write_bytes(PhysicalAddress address, std::span<const std::uint8_t> bytes);

    /// The host pointer of the page that holds `address`; nullptr unless plain memory is behind it.
    /// Writable: only for RAM; the caller must honour `tracking`.
    std::uint8_t* readable_page(PhysicalAddress address) const { return page(address).host; }
    std::uint8_t* writable_page(PhysicalAddress address) const {
        const Page& found = page(address);
        return found.kind == Kind::ram ? found.host : nullptr;
    }

    std::uint8_t tracking(PhysicalAddress address) const { return page(address).tracking; }
    void track(PhysicalAddress address, WriteTracking reason);
    void untrack(PhysicalAddress address, WriteTracking reason);
    void set_observer(WriteTracking reason, WriteObserver* observer);

    /// An access to a page that is not there, or a store to ROM.
    struct Stray {
        PhysicalAddress address;
        std::size_t size;
        bool is_write, is_rom;
    };
    /// Told of what comes to nothing, for logs.
    void on_stray(std::function<void(const Stray&)> callback) { stray_ = std::move(callback); }

    /// Called whenever what pages are has changed, or A20: everything derived from host pointers must be
    /// dropped.
    void on_layout_change(std::function<void()> callback);
    /// Called with a page's address when its stores begin to be tracked: what writes past `write` must stop.
    void on_page_tracked(std::function<void(PhysicalAddress)> callback);

private:
    enum class Kind : std::uint8_t { nothing, ram, rom, mmio };
    struct Page {
        std::uint8_t* host;
        std::uint16_t handler;  ///< in handlers_
        Kind kind;
        std::uint8_t tracking;
    };
    static constexpr Page nowhere{};
    /// The page in front, and what stands behind it. `number` is `pages` while there is none.
    struct Overlay {
        std::uint64_t number = pages;
        Page front{}, behind{};
    };

    const Page& page(PhysicalAddress address) const {
        const std::uint64_t number = apply_a20(address) >> page_shift;
        return number < pages ? pages_[number] : nowhere;
    }

    void map_block(PhysicalAddress base, const MemoryBlock& block, std::uint64_t offset, std::uint64_t size,
                   Kind kind);
    bool map_part(PhysicalAddress base, std::uint64_t size, MmioHandler& handler);
    void unmap_part(PhysicalAddress base, std::uint64_t size);
    bool replace(std::uint64_t number, Page page);
    bool take_overlay_away();
    std::uint16_t handler_index(MmioHandler& handler);
    void layout_changed(bool changed) const;

    void read_page(PhysicalAddress address, std::span<std::uint8_t> bytes);
    void write_page(PhysicalAddress address, std::span<const std::uint8_t> bytes);
    void store_tracked(PhysicalAddress address, std::uint8_t* host, std::span<const std::uint8_t> bytes);
    void report(PhysicalAddress address, std::size_t size);

    MemoryFile file_;
    MemoryBlock ram_;
    ZeroedArray<Page> pages_{pages};
    Overlay overlay_;
    std::uint64_t a20_mask_ = ~0ULL;
    std::vector<MmioHandler*> handlers_;
    std::unordered_map<std::uint64_t, std::unique_ptr<MmioPage>>
        partial_pages_;                          ///< by page number, for good
    std::array<WriteObserver*, 2> observers_{};  ///< by bit of WriteTracking
    std::function<void(const Stray&)> stray_;
    std::vector<std::function<void()>> layout_callbacks_;
    std::vector<std::function<void(PhysicalAddress)>> tracking_callbacks_;
};

}  // namespace calque
