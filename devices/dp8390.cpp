// The controller's pages of registers, its reset and its interrupt.
#include "devices/dp8390.hpp"

#include "devices/bits.hpp"
#include "devices/dp8390_bits.hpp"

#include <utility>

namespace calque {

using namespace dp8390;

namespace {

constexpr unsigned command_register = 0;

/// Registers of page 0; what is read and what is written at a place differs.
enum Page0 : unsigned {
    clda0_pstart = 1,
    clda1_pstop,
    bnry,
    tsr_tpsr,
    ncr_tbcr0,
    fifo_tbcr1,
    isr,
    crda0_rsar0,
    crda1_rsar1,
    rbcr0,
    rbcr1,
    rsr_rcr,
    cntr0_tcr,
    cntr1_dcr,
    cntr2_imr,
};

constexpr unsigned page1_physical = 1, page1_current = 7, page1_multicast = 8;

enum Page2 : unsigned {
    pstart_clda0 = 1,
    pstop_clda1,
    remote_next_packet,
    tpsr,
    local_next_packet,
    address_counter_high,
    address_counter_low,
    rcr = 12,
    tcr,
    dcr,
    imr
};

std::uint16_t with_low(std::uint16_t word, std::uint8_t value) {
    return static_cast<std::uint16_t>((word & 0xFF00) | value);
}
std::uint16_t with_high(std::uint16_t word, std::uint8_t value) {
    return static_cast<std::uint16_t>((word & 0xFF) | value << 8);
}

}  // namespace

Dp8390::Dp8390(Clock& clock, LocalMemory& memory, State& state)
    : clock_(clock),
      memory_(memory),
      state_(state),
      transmit_timer_(clock, "dp8390 transmit", [this] { transmitted(); }) {}

void Dp8390::restored() {
    transmit_timer_.arm(state_.transmitted_at);
    update_interrupt();
}

void Dp8390::reset() {
    state_.command = command::stop | 0x20;  // remote DMA aborted, page 0
    state_.isr = interrupt::reset;
    state_.imr = 0;
    state_.dcr |= data_configuration::long_address;
    state_.tcr &= static_cast<std::uint8_t>(~transmit_configuration::loopback);
    state_.transmitted_at = never;
    restored();
    tell_receive_room();
}

void Dp8390::raise(std::uint8_t causes) {
    state_.isr |= causes;
    update_interrupt();
}

void Dp8390::clear(std::uint8_t causes) {
    state_.isr &= static_cast<std::uint8_t>(~causes);
    update_interrupt();
}

// RST tells a state and interrupts nobody.
void Dp8390::update_interrupt() { interrupt.set(state_.isr & state_.imr & (0xFF ^ interrupt::reset)); }

// ---- reading ----------------------------------------------------------------

std::uint8_t Dp8390::read(unsigned index) {
    if (index == command_register) return state_.command;
    switch (page()) {
        case 0: return read_page0(index);
        case 1: return read_page1(index);
        case 2: return read_page2(index);
        default: return 0;  // for factory tests
    }
}

std::uint8_t Dp8390::read_page0(unsigned index) {
    const auto local_address = static_cast<std::uint16_t>(state_.curr << 8);
    switch (index) {
        case clda0_pstart: return byte_of(local_address, 0);
        case clda1_pstop: return byte_of(local_address, 1);
        case bnry: return state_.bnry;
        case tsr_tpsr: return state_.tsr;
        case fifo_tbcr1: return read_fifo();
        case isr: return state_.isr;
        case crda0_rsar0: return byte_of(state_.remote_address, 0);
        case crda1_rsar1: return byte_of(state_.remote_address, 1);
        case rsr_rcr: return state_.rsr;
        case cntr0_tcr:
        case cntr1_dcr:
        case cntr2_imr: return read_tally(index - cntr0_tcr);
        default: return 0;  // no collisions, and reserved places
    }
}

std::uint8_t Dp8390::read_page1(unsigned index) const {
    if (index >= page1_multicast) return state_.multicast[index - page1_multicast];
    return index == page1_current ? state_.curr : state_.physical[index - page1_physical];
}

// Bits that do not exist read as ones.
std::uint8_t Dp8390::read_page2(unsigned index) const {
    switch (index) {
        case pstart_clda0: return state_.pstart;
        case pstop_clda1: return state_.pstop;
        case remote_next_packet: return byte_of(state_.remote_address, 1);
        case tpsr: return state_.tpsr;
        case local_next_packet:
        case address_counter_high: return state_.curr;
        case rcr: return state_.rcr | 0xC0;
        case tcr: return state_.tcr | 0xE0;
        case dcr: return state_.dcr | 0x80;
        case imr: return state_.imr | 0x80;
        default: return 0;
    }
}

// Reading clears (data sheet, "Network Tally Counters").
std::uint8_t Dp8390::read_tally(unsigned counter) {
    return std::exchange(state_.tally[counter], std::uint8_t{0});
}

std::uint8_t Dp8390::read_fifo() {
    const std::uint8_t value = state_.fifo[state_.fifo_position & 7];
    state_.fifo_position = (state_.fifo_position + 1) & 7;
    return value;
}

// ---- writing ----------------------------------------------------------------

void Dp8390::write(unsigned index, std::uint8_t value) {
    if (index == command_register) return write_command(value);
    switch (page()) {
        case 0: write_page0(index, value); break;
        case 1: write_page1(index, value); break;
        case 2: write_page2(index, value); break;
        default: break;
    }
}

void Dp8390::write_page0(unsigned index, std::uint8_t value) {
    switch (index) {
        case clda0_pstart: state_.pstart = value; break;
        case clda1_pstop: state_.pstop = value; break;
        case bnry: return write_boundary(value);
        case tsr_tpsr: state_.tpsr = value; break;
        case ncr_tbcr0: state_.tbcr = with_low(state_.tbcr, value); break;
        case fifo_tbcr1: state_.tbcr = with_high(state_.tbcr, value); break;
        case isr: return clear(value & (0xFF ^ interrupt::reset));
        case crda0_rsar0: state_.remote_address = with_low(state_.remote_address, value); break;
        case crda1_rsar1: state_.remote_address = with_high(state_.remote_address, value); break;
        case rbcr0: state_.remote_count = with_low(state_.remote_count, value); break;
        case rbcr1: state_.remote_count = with_high(state_.remote_count, value); break;
        case rsr_rcr: state_.rcr = value & 0x3F; break;
        case cntr0_tcr: state_.tcr = value & 0x1F; break;
        case cntr1_dcr: state_.dcr = value & 0x7F; break;
        default: state_.imr = value & 0x7F; break;
    }
    update_interrupt();
    tell_receive_room();
}

// RST also tells of a ring that ran over, until something was taken out of it.
void Dp8390::write_boundary(std::uint8_t value) {
    state_.bnry = value;
    if (!stopped()) clear(interrupt::reset);
    tell_receive_room();
}

void Dp8390::write_page1(unsigned index, std::uint8_t value) {
    if (index >= page1_multicast)
        state_.multicast[index - page1_multicast] = value;
    else if (index == page1_current)
        state_.curr = value;
    else
        state_.physical[index - page1_physical] = value;
    tell_receive_room();
}

/// What can be written here is what the local DMA channel counts; it is between two frames whenever anybody
/// looks.
void Dp8390::write_page2(unsigned index, std::uint8_t value) {
    if (index == local_next_packet) state_.curr = value;
}

// A transmission that was begun goes on whatever is written over TXP.
void Dp8390::write_command(std::uint8_t value) {
    const std::uint8_t sending = state_.command & command::transmit;
    state_.command = value | sending;
    if (value & command::stop)
        raise(interrupt::reset);
    else if (value & command::start)
        clear(interrupt::reset);
    start_remote_dma();
    if (value & command::transmit && !sending) start_transmit();
    tell_receive_room();
}

}  // namespace calque
