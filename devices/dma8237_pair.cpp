// Ports, page registers and transfers of the AT's DMA controllers.
#include "devices/dma8237_pair.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

constexpr std::uint16_t words_port = 0xC0, page_port = 0x80;

constexpr unsigned cascade_channel = 0;  // of the second chip

/// What a read finds on the bus where no device drives it.
constexpr std::array<std::uint8_t, 2> floating{0xFF, 0xFF};

/// The page register of each channel, as a port - 80h. IBM wired them in this order.
constexpr std::array<std::uint8_t, 8> page_of = {0x7, 0x3, 0x1, 0x2, 0xF, 0xB, 0x9, 0xA};

}  // namespace

Dma8237Pair::Dma8237Pair(PhysicalMemory& memory, PortBus& ports) : memory_(memory) {
    ports.attach(0x00, 0x0F, *this, "dma 0..3");
    ports.attach(words_port, words_port + 0x1F, *this, "dma 4..7");
    ports.attach(page_port + 1, page_port + 0xF, *this, "dma pages");
}

const Dma8237Pair::State& Dma8237Pair::state() const {
    state_.bytes = bytes_.state();
    state_.words = words_.state();
    return state_;
}

void Dma8237Pair::restore(const State& state) {
    state_ = state;
    bytes_.restore(state.bytes);
    words_.restore(state.words);
}

void Dma8237Pair::reset() { restore({}); }

// The second chip's A0 is the bus's A1.
std::uint32_t Dma8237Pair::port_read(std::uint16_t port, unsigned /*size*/) {
    tell_access();
    if (port < page_port) return bytes_.read(port);
    if (port < words_port) return state_.pages[port & 15];
    return words_.read((port - words_port) / 2u);
}

void Dma8237Pair::port_write(std::uint16_t port, std::uint32_t value, unsigned /*size*/) {
    tell_access();
    if (port < page_port)
        bytes_.write(port, byte_of(value));
    else if (port < words_port)
        state_.pages[port & 15] = byte_of(value);
    else
        words_.write((port - words_port) / 2u, byte_of(value));
    run_software_requests();
}

bool Dma8237Pair::reaches_bus(unsigned channel) const {
    return channel >= 4 || (words_.ready(cascade_channel) && words_.cascaded(cascade_channel));
}

void Dma8237Pair::run_software_requests() {
    if (bytes_.memory_move_requested() && reaches_bus(0)) move_memory();
    for (unsigned channel = 0; channel < 8; ++channel) {
        if (channel != 4 && chip(channel).block_requested(channel & 3) && reaches_bus(channel))
            run_block(channel);
    }
}

/// No device takes part: memory is filled with what floats on the bus, or read for nobody.
void Dma8237Pair::run_block(unsigned channel) {
    Dma8237& controller = chip(channel);
    do {
        if (controller.direction(channel & 3) == Dma8237::Direction::to_memory)
            memory_.write_bytes(address(channel), std::span(floating).first(channel < 4 ? 1 : 2));
    } while (!controller.count_one(channel & 3));
}

void Dma8237Pair::move_memory() {
    std::uint8_t byte = 0;
    do {
        memory_.read_bytes(address(0), {&byte, 1});
        memory_.write_bytes(address(1), {&byte, 1});
    } while (!bytes_.count_memory_move(byte));
}

// Word channels drive A16..A1, so their page's lowest bit is not used.
PhysicalAddress Dma8237Pair::address(unsigned channel) {
    const std::uint32_t page = state_.pages[page_of[channel]];
    const std::uint32_t low = chip(channel).address(channel & 3);
    return channel < 4 ? page << 16 | low : (page & 0xFE) << 16 | low << 1;
}

template <typename Move>
Dma8237Pair::Transfer Dma8237Pair::move_units(unsigned channel, Dma8237::Direction direction,
                                              std::size_t size, Move move) {
    Dma8237& controller = chip(channel);
    const std::size_t unit = channel < 4 ? 1 : 2;
    Transfer transfer;
    if (!reaches_bus(channel) || controller.cascaded(channel & 3)) return transfer;
    while (!transfer.terminal_count && transfer.moved + unit <= size && controller.ready(channel & 3)) {
        const auto programmed = controller.direction(channel & 3);
        if (programmed == direction)
            move(address(channel), transfer.moved, unit);
        else if (programmed != Dma8237::Direction::verify)
            break;
        transfer.terminal_count = controller.count_one(channel & 3);
        transfer.moved += unit;
    }
    return transfer;
}

Dma8237Pair::Transfer Dma8237Pair::write_memory(unsigned channel, std::span<const std::uint8_t> bytes) {
    return move_units(channel, Dma8237::Direction::to_memory, bytes.size(),
                      [&](PhysicalAddress to, std::size_t from, std::size_t size) {
                          memory_.write_bytes(to, bytes.subspan(from, size));
                      });
}

Dma8237Pair::Transfer Dma8237Pair::read_memory(unsigned channel, std::span<std::uint8_t> bytes) {
    return move_units(channel, Dma8237::Direction::from_memory, bytes.size(),
                      [&](PhysicalAddress from, std::size_t to, std::size_t size) {
                          memory_.read_bytes(from, bytes.subspan(to, size));
                      });
}

}  // namespace calque
