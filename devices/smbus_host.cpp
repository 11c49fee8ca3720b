// Registers and transactions of the SMBus host controller.
#include "devices/smbus_host.hpp"

#include "devices/bits.hpp"

namespace calque {

namespace {

enum Register : unsigned {
    host_status = 0x0,
    slave_status = 0x1,
    host_control = 0x2,
    block_data = 0x7,
    slave_control = 0x8,
    slave_data = 0xC,
};

enum Status : std::uint8_t { host_busy = 0x01, device_error = 0x04, failed = 0x10, causes = 0x1E };
enum Control : std::uint8_t { interrupt_enable = 0x01, kill = 0x02, start = 0x40, control_kept = 0x1D };
constexpr std::uint8_t slave_control_kept = 0x0F;

}  // namespace

SmbusHost::SmbusHost(Clock& clock) : timer_(clock, "smbus", [this] { end(device_error); }), clock_(clock) {}

void SmbusHost::restore(const State& state) {
    state_ = state;
    timer_.arm(state_.ends_at);
    update();
}

/// To read the control register starts the block over.
std::uint8_t SmbusHost::read(unsigned offset) {
    switch (offset) {
        case host_status: return state_.status;
        case host_control: state_.block_index = 0; return state_.registers[host_control];
        case block_data: {
            const std::uint8_t byte = state_.block[state_.block_index];
            state_.block_index = (state_.block_index + 1U) % block_size;
            return byte;
        }
        default: return state_.registers[offset];
    }
}

void SmbusHost::write(unsigned offset, std::uint8_t value) {
    switch (offset) {
        case host_status: state_.status &= byte_of(~(value & causes)); break;
        case host_control: write_control(value); break;
        case block_data:
            state_.block[state_.block_index] = value;
            state_.block_index = (state_.block_index + 1U) % block_size;
            break;
        case slave_status:  // nobody ever addresses us
        case slave_data:
        case slave_data + 1: break;
        case slave_control: state_.registers[offset] = value & slave_control_kept; break;
        default: state_.registers[offset] = value; break;
    }
    update();
}

void SmbusHost::write_control(std::uint8_t value) {
    state_.registers[host_control] = value & control_kept;
    const bool busy = state_.status & host_busy;
    if (value & kill) {
        if (busy) end(failed);
    } else if ((value & start) && !busy) {
        state_.status |= host_busy;
        state_.ends_at = clock_.now() + address_time;
        timer_.arm(state_.ends_at);
    }
}

void SmbusHost::end(std::uint8_t cause) {
    state_.status = static_cast<std::uint8_t>((state_.status & ~host_busy) | cause);
    state_.ends_at = never;
    timer_.disarm();
    update();
}

void SmbusHost::update() {
    interrupt.set((state_.registers[host_control] & interrupt_enable) && (state_.status & causes));
}

}  // namespace calque
