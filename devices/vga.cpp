// Puts the VGA's parts together and on the buses.
#include "devices/vga.hpp"

#include "devices/vga_geometry.hpp"
#include "devices/vga_render.hpp"

namespace calque {
namespace {

constexpr std::uint16_t first_port = 0x3B0;
constexpr std::uint16_t last_port = 0x3DF;
constexpr std::uint16_t vbe_index_port = 0x1CE;
constexpr std::uint16_t vbe_last_port = 0x1D0;  // data is at 1CFh, and at 1D0h for those who want it aligned

std::span<std::uint8_t> bytes_of(const MemoryBlock& block) { return {block.host, block.size}; }

}  // namespace

Vga::Vga(Clock& clock, PhysicalMemory& memory, PortBus& ports)
    : clock_(clock),
      physical_memory_(memory),
      block_(memory.add_block(memory_size)),
      registers_(state_),
      memory_(state_, bytes_of(block_)),
      vbe_(state_.vbe, bytes_of(block_)) {
    // The parallel port of a monochrome adapter, 3BCh-3BFh, is not ours.
    ports.attach(first_port, 0x3BB, *this, "vga");
    ports.attach(0x3C0, last_port, *this, "vga");
    ports.attach(vbe_index_port, vbe_last_port, *this, "vbe", 2);
    map_window();
    reset();
}

void Vga::reset() {
    registers_.reset();
    vbe_.reset();
}

void Vga::restore(const State& state) {
    state_ = state;
    registers_.check();
    vbe_.restored();
}

void Vga::map_window() { physical_memory_.map_mmio(window_base, window_size, *this); }

void Vga::render(Framebuffer& out) {
    const VgaBeam beam = vga_beam(state_, clock_.now());
    render_screen(state_, bytes_of(block_), beam.frame, out);
}

std::vector<std::string> Vga::text_screen() const { return vga_text(state_, bytes_of(block_)); }

bool Vga::graphics_mode() const { return vga_graphics_mode(state_); }

std::uint32_t Vga::port_read(std::uint16_t port, unsigned /*size*/) {
    if (port == vbe_index_port) return state_.vbe.index;
    if (port <= vbe_last_port) return vbe_.read(state_.vbe.index);
    return registers_.read(port, clock_.now());
}

void Vga::port_write(std::uint16_t port, std::uint32_t value, unsigned /*size*/) {
    if (port == vbe_index_port) {
        state_.vbe.index = static_cast<std::uint16_t>(value);
    } else if (port <= vbe_last_port) {
        vbe_write(state_.vbe.index, static_cast<std::uint16_t>(value));
    } else {
        retime([&] { registers_.write(port, static_cast<std::uint8_t>(value)); });
    }
}

void Vga::vbe_write(std::uint16_t index, std::uint16_t value) {
    retime([&] { vbe_.write(index, value); });
}

template <typename Write>
void Vga::retime(Write write) {
    if (registers_.awaits_retrace()) registers_.note_retrace(clock_.now());
    write();
    if (registers_.awaits_retrace()) registers_.await_retrace(clock_.now());
}

std::uint64_t Vga::mmio_read(PhysicalAddress address, unsigned size) {
    return memory_.read(static_cast<std::uint32_t>(address - window_base), size);
}

void Vga::mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) {
    memory_.write(static_cast<std::uint32_t>(address - window_base), value, size);
}

void Vga::set_byte_order(std::uint32_t value) {
    if (value == 0xBEBE'BEBE) state_.big_endian = 1;
    if (value == 0x1E1E'1E1E) state_.big_endian = 0;
}

}  // namespace calque
