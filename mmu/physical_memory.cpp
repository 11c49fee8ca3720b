// Accesses to guest-physical memory, and the tracking of stores.
#include "mmu/physical_memory.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace calque {

static_assert(std::endian::native == std::endian::little,
              "guest values are copied to and from memory as they are");

namespace {

constexpr std::size_t line_size = 64;

/// Bytes from `address` to the end of its page or line of `unit` bytes, at most `size`.
std::size_t part(PhysicalAddress address, std::size_t size, std::size_t unit) {
    return std::min(size, unit - static_cast<std::size_t>(address & (unit - 1)));
}

/// How much of an MMIO access goes to the handler at once.
unsigned mmio_part(PhysicalAddress address, std::size_t size) {
    if (size <= 8 && std::has_single_bit(size)) return static_cast<unsigned>(size);
    const auto alignment = std::size_t{1} << std::countr_zero(address | 8);
    return static_cast<unsigned>(std::min(alignment, std::bit_floor(size)));
}

}  // namespace

std::uint64_t PhysicalMemory::read(PhysicalAddress address, unsigned size) {
    std::uint64_t value = 0;
    read_bytes(address, {reinterpret_cast<std::uint8_t*>(&value), size});
    return value;
}

void PhysicalMemory::write(PhysicalAddress address, std::uint64_t value, unsigned size) {
    write_bytes(address, {reinterpret_cast<const std::uint8_t*>(&value), size});
}

void PhysicalMemory::read_bytes(PhysicalAddress address, std::span<std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const std::size_t count = part(address, bytes.size(), page_size);
        read_page(apply_a20(address), bytes.first(count));
        address += count;
        bytes = bytes.subspan(count);
    }
}

void PhysicalMemory::write_bytes(PhysicalAddress address, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const std::size_t count = part(address, bytes.size(), page_size);
        write_page(apply_a20(address), bytes.first(count));
        address += count;
        bytes = bytes.subspan(count);
    }
}

void PhysicalMemory::read_page(PhysicalAddress address, std::span<std::uint8_t> bytes) {
    const Page found = page(address);
    if (found.host) {
        std::memcpy(bytes.data(), found.host + (address & page_mask), bytes.size());
    } else if (found.kind == Kind::mmio) {
        for (std::size_t done = 0; done < bytes.size();) {
            const unsigned size = mmio_part(address + done, bytes.size() - done);
            const std::uint64_t value = handlers_[found.handler]->mmio_read(address + done, size);
            std::memcpy(&bytes[done], &value, size);
            done += size;
        }
    } else {
        std::ranges::fill(bytes, std::uint8_t{0xff});
        if (stray_) stray_({address, bytes.size(), false, false});
    }
}

void PhysicalMemory::write_page(PhysicalAddress address, std::span<const std::uint8_t> bytes) {
    const Page found = page(address);
    if (found.kind == Kind::ram) {
        std::uint8_t* host = found.host + (address & page_mask);
        if (found.tracking)
            store_tracked(address, host, bytes);
        else
            std::memcpy(host, bytes.data(), bytes.size());
    } else if (found.kind == Kind::mmio) {
        for (std::size_t done = 0; done < bytes.size();) {
            const unsigned size = mmio_part(address + done, bytes.size() - done);
            std::uint64_t value = 0;
            std::memcpy(&value, &bytes[done], size);
            handlers_[found.handler]->mmio_write(address + done, value, size);
            done += size;
        }
    } else if (stray_) {
        stray_({address, bytes.size(), true, found.kind == Kind::rom});
    }
}

void PhysicalMemory::store_tracked(PhysicalAddress address, std::uint8_t* host,
                                   std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const std::size_t count = part(address, bytes.size(), line_size);
        if (std::memcmp(host, bytes.data(), count) != 0) {
            std::memcpy(host, bytes.data(), count);
            report(address, count);
        }
        address += count;
        host += count;
        bytes = bytes.subspan(count);
    }
}

void PhysicalMemory::report(PhysicalAddress address, std::size_t size) {
    const unsigned reasons = tracking(address);
    for (std::size_t bit = observers_.size(); bit-- > 0;) {
        if ((reasons >> bit & 1) && observers_[bit]) observers_[bit]->written(address, size);
    }
}

void PhysicalMemory::track(PhysicalAddress address, WriteTracking reason) {
    const std::uint64_t number = apply_a20(address) >> page_shift;
    if (number >= pages) return;
    const bool tracked = pages_[number].tracking != 0;
    pages_[number].tracking |= reason;
    if (tracked) return;
    for (const auto& callback : tracking_callbacks_) callback(number << page_shift);
}

void PhysicalMemory::untrack(PhysicalAddress address, WriteTracking reason) {
    const std::uint64_t number = apply_a20(address) >> page_shift;
    if (number < pages) pages_[number].tracking &= static_cast<std::uint8_t>(~reason);
}

void PhysicalMemory::set_observer(WriteTracking reason, WriteObserver* observer) {
    observers_[static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(reason)))] = observer;
}

}  // namespace calque
