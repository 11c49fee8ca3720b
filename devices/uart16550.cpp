// Registers, FIFO and interrupts of the serial port (PC16550D data sheet).
#include "devices/uart16550.hpp"

#include "devices/bits.hpp"

#include <algorithm>
#include <utility>

namespace calque {

namespace {

enum Register : unsigned { data = 0, ier = 1, iir_fcr = 2, lcr = 3, mcr = 4, lsr = 5, msr = 6, scratch = 7 };
enum Ier : std::uint8_t { received_available = 1, thr_empty = 2, line_status = 4, modem_status = 8 };
/// What IIR reports, by falling priority.
enum Iir : std::uint8_t {
    iir_line_status = 0x06,
    iir_received = 0x04,
    iir_timeout = 0x0C,
    iir_thr_empty = 0x02,
    iir_modem = 0x00,
    iir_none = 0x01,
    iir_fifo = 0xC0
};
enum Fcr : std::uint8_t { fifo_enable = 0x01, clear_receive = 0x02, clear_transmit = 0x04, fcr_kept = 0xC9 };
enum Mcr : std::uint8_t { rts = 0x02, out2 = 0x08, loopback = 0x10, mcr_kept = 0x1F };
enum Lsr : std::uint8_t {
    data_ready = 0x01,
    overrun = 0x02,
    framing_error = 0x08,
    break_interrupt = 0x10,
    errors = 0x1E,
    thre = 0x20,
    temt = 0x40,
    error_in_fifo = 0x80
};
enum Lcr : std::uint8_t { word_length = 0x03, set_break = 0x40 };
constexpr std::uint8_t dlab = 0x80, delta_bits = 0x0F, ring = 0x40;
constexpr std::uint8_t peer_present = 0xB0;  // DCD, DSR, CTS

// A loop that waits for a byte looks this often; one that waits for room to transmit, or a driver's probing,
// does not.
constexpr unsigned polls_of_a_listener = 8;
constexpr Nanoseconds character_timeout = 4 * Uart16550::receive_time;

}  // namespace

Uart16550::Uart16550(Clock& clock, std::uint16_t base)
    : clock_(clock),
      base_(base),
      transmit_timer_(clock, "uart transmit", [this] { transmitted(); }),
      receive_timer_(clock, "uart receive", [this] { offer_room(); }),
      timeout_timer_(clock, "uart timeout", [this] { timed_out(); }) {}

void Uart16550::reset() { restore({}); }

void Uart16550::restore(const State& state) {
    state_ = state;
    state_.received_errors.resize(state_.received.size());
    receive_timer_.arm(state_.receive_ready_at > clock_.now() ? state_.receive_ready_at : never);
    arm();
    update();
}

void Uart16550::arm() {
    transmit_timer_.arm(state_.transmitted_at);
    timeout_timer_.arm(state_.timeout_at);
}

bool Uart16550::fifo_enabled() const { return state_.fcr & fifo_enable; }

std::size_t Uart16550::capacity() const { return fifo_enabled() ? 16 : 1; }

std::size_t Uart16550::trigger_level() const {
    constexpr std::size_t levels[] = {1, 4, 8, 14};
    return fifo_enabled() ? levels[state_.fcr >> 6] : 1;
}

// ---- interrupts -------------------------------------------------------------

std::uint8_t Uart16550::interrupt_identification() const {
    if (state_.ier & line_status && state_.lsr & errors) return iir_line_status;
    if (state_.ier & received_available) {
        if (state_.received.size() >= trigger_level()) return iir_received;
        if (state_.timeout_pending) return iir_timeout;
    }
    if (state_.ier & thr_empty && state_.thr_empty_pending) return iir_thr_empty;
    if (state_.ier & modem_status && state_.msr & delta_bits) return iir_modem;
    return iir_none;
}

// OUT2 gates the interrupt on a PC's adapter, and is itself disconnected in loopback mode.
void Uart16550::update() {
    state_.lsr = merge(state_.lsr, state_.received.empty() ? 0 : data_ready, data_ready);
    const bool gate = (state_.mcr & (out2 | loopback)) == out2;
    irq.set(gate && interrupt_identification() != iir_none);
}

void Uart16550::timed_out() {
    state_.timeout_at = never;
    state_.timeout_pending = !state_.received.empty();
    update();
}

void Uart16550::transmitted() {
    state_.transmitted_at = never;
    state_.lsr |= thre | temt;
    state_.thr_empty_pending = true;
    update();
}

// ---- the line ---------------------------------------------------------------

void Uart16550::look_for_listener() {
    if (state_.peer_speaks || state_.mcr & loopback) return;
    const bool by_interrupt = state_.mcr & out2 && state_.ier & received_available;
    if (!by_interrupt && !(state_.mcr & rts) && state_.idle_polls < polls_of_a_listener) return;
    state_.peer_speaks = true;
    state_.receive_ready_at = clock_.now() + reaction_time;
    receive_timer_.arm(state_.receive_ready_at);
}

void Uart16550::offer_room() {
    if (receive_room_ && can_receive()) receive_room_();
}

bool Uart16550::can_receive() {
    if (!state_.peer_speaks || state_.mcr & loopback || state_.received.size() >= capacity()) return false;
    if (state_.peer_heeds_rts && !(state_.mcr & rts)) return false;
    return clock_.now() >= state_.receive_ready_at;
}

bool Uart16550::receive(std::uint8_t byte) {
    if (!can_receive()) return false;
    state_.receive_ready_at = clock_.now() + receive_time;
    receive_timer_.arm(state_.receive_ready_at);
    accept(byte);
    return true;
}

/// The character that comes too late for a FIFO is lost; without one it is what remains.
void Uart16550::accept(std::uint8_t byte, std::uint8_t line_errors) {
    const bool full = state_.received.size() >= capacity();
    if (full) state_.lsr |= overrun;
    if (full && !fifo_enabled()) {
        state_.received.clear();
        state_.received_errors.clear();
    }
    if (!full || !fifo_enabled()) {
        state_.received.push_back(byte);
        state_.received_errors.push_back(line_errors);
        show_errors();
    }
    state_.timeout_at = fifo_enabled() ? clock_.now() + character_timeout : never;
    arm();
    update();
}

/// Errors are shown when their character is the next to be read ("Line Status Register").
void Uart16550::show_errors() {
    if (!state_.received.empty())
        state_.lsr |= std::exchange(state_.received_errors.front(), std::uint8_t{0});
}

/// Only as many bits as a character has, and none while the line is held.
void Uart16550::loop_back(std::uint8_t byte) {
    const unsigned bits = 5U + (state_.lcr & word_length);
    if (!breaks()) accept(static_cast<std::uint8_t>(byte & ((1U << bits) - 1)));
}

/// Is the line, which only loopback brings back, held at spacing?
bool Uart16550::breaks() const { return state_.mcr & loopback && state_.lcr & set_break; }

/// A break is received as one zero, however long it is.
void Uart16550::break_begins(bool before) {
    if (breaks() && !before) accept(0, break_interrupt | framing_error);
}

// ---- registers --------------------------------------------------------------

std::uint32_t Uart16550::port_read(std::uint16_t port, unsigned /*size*/) {
    return read_register(port - base_);
}

void Uart16550::port_write(std::uint16_t port, std::uint32_t value, unsigned /*size*/) {
    write_register(port - base_, byte_of(value));
}

std::uint8_t Uart16550::read_register(unsigned index) {
    switch (index) {
        case data: return state_.lcr & dlab ? byte_of(state_.divisor) : read_received();
        case ier: return state_.lcr & dlab ? byte_of(state_.divisor, 1) : state_.ier;
        case iir_fcr: return read_iir();
        case lcr: return state_.lcr;
        case mcr: return state_.mcr;
        case scratch: return state_.scratch;
        case lsr: return read_lsr();
        default: return read_msr();
    }
}

std::uint8_t Uart16550::read_lsr() {
    const bool bad = state_.lsr & (errors ^ overrun) ||
                     std::ranges::any_of(state_.received_errors, [](auto bits) { return bits != 0; });
    const std::uint8_t value = state_.lsr | (bad && fifo_enabled() ? error_in_fifo : 0);
    state_.lsr &= 0xFF ^ errors;
    update();
    if (!state_.peer_speaks && (value & (thre | data_ready)) == thre) {
        ++state_.idle_polls;
        look_for_listener();
    }
    return value;
}

std::uint8_t Uart16550::read_msr() {
    const std::uint8_t value = state_.msr;
    state_.msr &= 0xFF ^ delta_bits;
    update();
    return value;
}

std::uint8_t Uart16550::read_received() {
    if (state_.received.empty()) return 0;
    const std::uint8_t byte = state_.received.front();
    state_.received.erase(state_.received.begin());
    state_.received_errors.erase(state_.received_errors.begin());
    show_errors();
    state_.timeout_pending = false;
    const bool restarts = fifo_enabled() && !state_.received.empty();
    state_.timeout_at = restarts ? clock_.now() + character_timeout : never;
    arm();
    update();
    offer_room();
    return byte;
}

std::uint8_t Uart16550::read_iir() {
    const std::uint8_t identification = interrupt_identification();
    if (identification == iir_thr_empty) {
        state_.thr_empty_pending = false;
        update();
    }
    return identification | (fifo_enabled() ? iir_fifo : 0);
}

void Uart16550::write_register(unsigned index, std::uint8_t value) {
    state_.idle_polls = 0;
    const bool divisor_latch = state_.lcr & dlab && index <= ier;
    if (divisor_latch) {
        const unsigned shift = 8 * index;
        state_.divisor = static_cast<std::uint16_t>((state_.divisor & 0xFF00 >> shift) | value << shift);
        return;
    }
    switch (index) {
        case data: write_thr(value); break;
        case ier: write_ier(value); break;
        case iir_fcr: write_fcr(value); break;
        case lcr: write_lcr(value); break;
        case mcr: write_mcr(value); break;
        case scratch: state_.scratch = value; break;
        default: break;  // LSR and MSR are for factory tests
    }
}

void Uart16550::write_thr(std::uint8_t value) {
    state_.thr_empty_pending = false;
    state_.lsr &= 0xFF ^ (thre | temt);
    if (state_.transmitted_at == never) state_.transmitted_at = clock_.now() + transmit_time;
    arm();
    update();
    if (state_.mcr & loopback)
        loop_back(value);
    else if (transmit_)
        transmit_(value);
}

// Enabling the THRE interrupt while THR is empty raises it.
void Uart16550::write_ier(std::uint8_t value) {
    const bool enabled_now = value & thr_empty && !(state_.ier & thr_empty);
    state_.ier = value & 0x0F;
    if (enabled_now && state_.lsr & thre) state_.thr_empty_pending = true;
    look_for_listener();
    update();
}

void Uart16550::write_fcr(std::uint8_t value) {
    const bool switched = (value ^ state_.fcr) & fifo_enable;
    if (switched || value & clear_receive) {
        state_.received.clear();
        state_.received_errors.clear();
        state_.timeout_pending = false;
        state_.timeout_at = never;
    }
    state_.fcr = value & fifo_enable ? value & fcr_kept : 0;
    arm();
    update();
    offer_room();
}

void Uart16550::write_lcr(std::uint8_t value) {
    const bool before = breaks();
    state_.lcr = value;
    break_begins(before);
}

void Uart16550::write_mcr(std::uint8_t value) {
    const bool before = breaks();
    state_.mcr = value & mcr_kept;
    break_begins(before);
    if (value & rts && !(value & loopback)) state_.peer_heeds_rts = true;
    look_for_listener();
    update_msr(modem_inputs());
    update();
    offer_room();
}

/// In loopback mode DTR, RTS, OUT1, OUT2 come back as DSR, CTS, RI, DCD.
std::uint8_t Uart16550::modem_inputs() const {
    if (!(state_.mcr & loopback)) return peer_present;
    const std::uint8_t m = state_.mcr;
    return static_cast<std::uint8_t>((m & 2) << 3 | (m & 1) << 5 | (m & 4) << 4 | (m & 8) << 4);
}

// RI reports only its trailing edge.
void Uart16550::update_msr(std::uint8_t inputs) {
    const auto changed = static_cast<std::uint8_t>(inputs ^ (state_.msr & 0xF0));
    const auto reported = static_cast<std::uint8_t>(changed & ~(inputs & ring));
    state_.msr = static_cast<std::uint8_t>(inputs | (state_.msr & delta_bits) | reported >> 4);
}

}  // namespace calque
