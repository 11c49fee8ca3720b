// The VGA as a whole: registers, video memory and its window, the dispi interface, the picture.
#pragma once

#include "devices/clock.hpp"
#include "devices/port_bus.hpp"
#include "devices/vbe.hpp"
#include "devices/vga_framebuffer.hpp"
#include "devices/vga_memory.hpp"
#include "devices/vga_registers.hpp"
#include "devices/vga_state.hpp"
#include "mmu/physical_memory.hpp"

#include <string>
#include <vector>

namespace calque {

/// A VGA with 16 MiB of memory. Answers ports 3B0h-3DFh and 1CEh-1D0h and the window A0000h-BFFFFh from
/// its construction on; who wants it on the PCI bus as well wraps it in VgaPci.
class Vga final : public PortDevice, public MmioHandler {
public:
    using State = VgaState;
    static constexpr std::uint64_t memory_size = 16 << 20;
    static constexpr PhysicalAddress window_base = 0xA'0000;
    static constexpr std::uint64_t window_size = 0x2'0000;

    Vga(Clock& clock, PhysicalMemory& memory, PortBus& ports);

    const State& state() const { return state_; }
    /// Throws std::runtime_error if the state is damaged.
    void restore(const State& state);
    /// Power-on and RST#; the memory keeps what it holds.
    void reset();

    /// The video memory, to be saved and hashed beside the state.
    const MemoryBlock& video_memory() const { return block_; }
    /// Maps the window again, after a chip set showed something else there.
    void map_window();

    /// Draws the screen as it is at this moment.
    void render(Framebuffer& out);
    /// The text screen row by row as UTF-8; empty in graphics modes.
    std::vector<std::string> text_screen() const;
    bool graphics_mode() const;
    /// High-resolution modes have square pixels; the others fill a 4:3 screen whatever their number.
    bool square_pixels() const { return vbe_enabled(state_.vbe); }

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;
    std::uint64_t mmio_read(PhysicalAddress address, unsigned size) override;
    void mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) override;

    /// The byte-order register of the PCI card's register page.
    std::uint32_t byte_order() const { return state_.big_endian ? 0xBEBE'BEBE : 0x1E1E'1E1E; }
    void set_byte_order(std::uint32_t value);
    /// dispi registers by index, without the index register.
    std::uint16_t vbe_read(std::uint16_t index) const { return vbe_.read(index); }
    void vbe_write(std::uint16_t index, std::uint16_t value);

private:
    /// Writes what the beam's timetable may depend on.
    template <typename Write>
    void retime(Write write);

    Clock& clock_;
    PhysicalMemory& physical_memory_;
    const MemoryBlock& block_;
    State state_;
    VgaRegisters registers_;
    VgaMemory memory_;
    Vbe vbe_;
};

}  // namespace calque
