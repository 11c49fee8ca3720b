// Memory page by page, as a debugger sees it.
#include "machine/debug_memory.hpp"

#include "devices/vga_memory.hpp"

#include <algorithm>

namespace calque {
namespace {

/// The part of `size` bytes that lies in the page of `address`.
std::size_t in_page(std::uint64_t address, std::size_t size) {
    return std::min<std::size_t>(size, page_size - (address & page_mask));
}

bool in_vga_window(PhysicalAddress address) { return address - Vga::window_base < Vga::window_size; }

/// Registers that do not notice being read.
bool in_quiet_registers(Board& board, PhysicalAddress address) {
    constexpr PhysicalAddress io_apic = 0xFEC0'0000, hpet = 0xFED0'0000;
    const PhysicalAddress page = address & ~page_mask;
    const std::uint64_t apic = board.processor().cpu().state.apic_base;
    return page == io_apic || page == hpet || ((apic & apic_base::enabled) && page == (apic & ~page_mask));
}

/// Reading moves the latches: those of a copy.
void read_vga_window(Board& board, PhysicalAddress address, std::span<std::uint8_t> bytes) {
    const Vga& vga = board.chips().vga;
    VgaState copy = vga.state();
    VgaMemory window(copy, {vga.video_memory().host, vga.video_memory().size});
    const auto offset = static_cast<std::uint32_t>(address - Vga::window_base);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(window.read(static_cast<std::uint32_t>(offset + i), 1));
}

/// Within a page.
bool read_page(Board& board, PhysicalAddress address, std::span<std::uint8_t> bytes) {
    PhysicalMemory& memory = board.memory();
    if (memory.readable_page(address)) {
        memory.read_bytes(address, bytes);
    } else if (in_vga_window(memory.apply_a20(address))) {
        read_vga_window(board, memory.apply_a20(address), bytes);
    } else if (in_quiet_registers(board, address)) {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const PhysicalAddress at = address + i;
            bytes[i] = static_cast<std::uint8_t>(memory.read(at & ~PhysicalAddress{3}, 4) >> 8 * (at & 3));
        }
    } else {
        return false;
    }
    return true;
}

bool write_page(Board& board, PhysicalAddress address, std::span<const std::uint8_t> bytes) {
    PhysicalMemory& memory = board.memory();
    const bool rom = memory.readable_page(address) && !memory.writable_page(address);
    if (rom || address >= PhysicalMemory::pages << page_shift) return false;
    memory.write_bytes(address, bytes);
    return true;
}

/// Page by page; `access` gets an offset into the bytes, a physical address and a size.
template <typename Access>
bool by_pages(Mmu& mmu, LinearAddress address, std::size_t size, Access access) {
    for (std::size_t done = 0; done < size;) {
        const LinearAddress at = (address + done) & 0xFFFF'FFFF;
        const std::size_t count = in_page(at, size - done);
        PhysicalAddress physical = 0;
        if (!mmu.peek(at, physical) || !access(done, physical, count)) return false;
        done += count;
    }
    return true;
}

}  // namespace

bool peek_physical(Board& board, PhysicalAddress address, std::span<std::uint8_t> bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
        const std::size_t count = in_page(address + done, bytes.size() - done);
        if (!read_page(board, address + done, bytes.subspan(done, count))) return false;
        done += count;
    }
    return true;
}

bool peek_linear(Board& board, LinearAddress address, std::span<std::uint8_t> bytes) {
    return by_pages(board.mmu(), address, bytes.size(),
                    [&](std::size_t done, PhysicalAddress physical, std::size_t count) {
                        return read_page(board, physical, bytes.subspan(done, count));
                    });
}

bool peek(Board& board, AddressSpace space, std::uint64_t address, std::span<std::uint8_t> bytes) {
    return space == AddressSpace::linear ? peek_linear(board, address, bytes)
                                         : peek_physical(board, address, bytes);
}

std::vector<std::uint8_t> peek_some(Board& board, AddressSpace space, std::uint64_t address,
                                    std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    std::size_t done = 0;
    while (done < size) {
        const std::size_t count = in_page(address + done, size - done);
        if (!peek(board, space, address + done, std::span(bytes).subspan(done, count))) break;
        done += count;
    }
    bytes.resize(done);
    return bytes;
}

bool poke_physical(Board& board, PhysicalAddress address, std::span<const std::uint8_t> bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
        const std::size_t count = in_page(address + done, bytes.size() - done);
        if (!write_page(board, address + done, bytes.subspan(done, count))) return false;
        done += count;
    }
    return true;
}

bool poke_linear(Board& board, LinearAddress address, std::span<const std::uint8_t> bytes) {
    return by_pages(board.mmu(), address, bytes.size(),
                    [&](std::size_t done, PhysicalAddress physical, std::size_t count) {
                        return write_page(board, physical, bytes.subspan(done, count));
                    });
}

}  // namespace calque
