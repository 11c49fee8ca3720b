// The 82077AA's registers, phases, interrupt and resets (data sheet, "Register Description", "Controller
// Phases" and "Reset").
#include "devices/fdc82077.hpp"

#include "devices/bits.hpp"
#include "devices/fdc82077_bits.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace calque {

using namespace fdc;

namespace {

enum Register : std::uint16_t { status_a_register, status_b_register, output, tape, status, data };

/// From the end of a reset to the interrupt by which the drives' polling shows.
constexpr Nanoseconds polling_time = 250'000;
constexpr std::uint8_t configuration_after_reset = configuration::no_fifo;

}  // namespace

Fdc82077::Fdc82077(Clock& clock, Dma8237Pair& dma)
    : clock_(clock),
      dma_(dma),
      execution_timer_(clock, "fdc", [this] { expired(); }),
      step_timer_(clock, "fdc step", [this] { step_drives(); }),
      poll_timer_(clock, "fdc poll", [this] { poll_drives(); }) {}

void Fdc82077::add_drive(unsigned number, std::unique_ptr<DiskImage> image, const FloppyDriveType* type) {
    const FloppyFormat* format = image ? floppy_format_for(image->sector_count()) : nullptr;
    if (!type) type = format ? &floppy_drive_for(*format) : &usual_floppy_drive();
    FloppyDrive& drive = drives_[number].emplace(*type, state_.drives[number]);
    if (image) drive.insert(std::move(image));
}

const FloppyDriveType* Fdc82077::drive_type(unsigned number) const {
    return drives_[number] ? &drives_[number]->type() : nullptr;
}

void Fdc82077::insert(unsigned number, std::unique_ptr<DiskImage> image) {
    if (!drives_[number]) throw std::runtime_error("there is no such floppy drive");
    drives_[number]->insert(std::move(image));
    resume();
}

void Fdc82077::restore(const State& state) {
    const FdcExecution& execution = state.execution;
    const bool in_arrays =
        state.command_size < state.command.size() && state.result_size <= state.result.size() &&
        state.result_position < state.result_size + (state.phase != FdcPhase::result) && state.polled < 0x10;
    const bool in_buffers =
        execution.buffer.size() <= sector_size && execution.position <= execution.buffer.size() &&
        execution.batch <= execution.buffer.size() - execution.position && execution.fifo.size() <= fifo_size;
    bool in_drives = true;
    for (std::size_t i = 0; i < drives_.size(); ++i)
        in_drives = in_drives && (!drives_[i] || drives_[i]->takes(state.drives[i]));
    if (!in_arrays || !in_buffers || !in_drives || state.rate > dsr::rate || execution.head > 1)
        throw std::runtime_error("the saved state of the floppy disk controller is damaged");
    state_ = state;
    execution_timer_.arm(timed(execution.step) ? execution.at : never);
    poll_timer_.arm(state_.poll_at);
    arm_steps();
    update_interrupt();
}

// The heads stay where they are, and so do the disks.
void Fdc82077::reset() {
    const auto drives = state_.drives;
    state_ = {};
    state_.drives = drives;
    abandon();
    poll_timer_.disarm();
}

// ---- resets -----------------------------------------------------------------

bool Fdc82077::in_reset() const { return !(state_.dor & dor::not_reset); }
bool Fdc82077::powered_down() const { return state_.dsr & dsr::power_down; }

/// Nothing is under way any more.
void Fdc82077::abandon() {
    state_.units = {};
    state_.execution = {};
    state_.command_size = state_.result_size = state_.result_position = 0;
    state_.phase = FdcPhase::command;
    state_.interrupt = state_.result_interrupts = false;
    state_.polled = 0;
    execution_timer_.disarm();
    arm_steps();
    update_interrupt();
}

/// LOCK keeps the FIFO's settings; polling is enabled by each reset.
void Fdc82077::software_reset() {
    const std::uint8_t kept = state_.locked ? configuration::no_fifo | configuration::threshold : 0;
    state_.configuration = merge(configuration_after_reset, state_.configuration, kept);
    if (!state_.locked) state_.precompensation_track = 0;
    state_.perpendicular &= 0x3C;
    abandon();
}

void Fdc82077::poll_drives() {
    state_.poll_at = never;
    raise_interrupt();
    state_.polled = 0x0F;
}

// ---- registers --------------------------------------------------------------

std::uint32_t Fdc82077::port_read(std::uint16_t port, unsigned /*size*/) {
    switch (port - first_port) {
        case status_a_register: return status_a();
        case status_b_register: return status_b();
        case output: return state_.dor;
        case tape: return state_.tdr | 0xFC;
        case status: return main_status();
        case data: return read_data();
        default: return input_register();
    }
}

void Fdc82077::port_write(std::uint16_t port, std::uint32_t value, unsigned /*size*/) {
    const std::uint8_t byte = byte_of(value);
    switch (port - first_port) {
        case status_a_register:
        case status_b_register: break;
        case output: write_output_register(byte); break;
        case tape: state_.tdr = byte & 3; break;
        case status: write_rate_select(byte); break;
        case data: write_data(byte); break;
        default: state_.rate = byte & dsr::rate;
    }
}

FloppyDrive* Fdc82077::selected() const {
    const unsigned number = state_.dor & dor::select;
    const bool motor = bit(state_.dor, dor::first_motor + number);
    if (!motor || number >= drives_.size() || !drives_[number]) return nullptr;
    return const_cast<FloppyDrive*>(&*drives_[number]);
}

FloppyDrive* Fdc82077::turning() const {
    FloppyDrive* drive = selected();
    return drive && drive->has_disk() ? drive : nullptr;
}

std::uint8_t Fdc82077::status_a() const {
    const FloppyDrive* drive = selected();
    const FdcUnit& unit = state_.units[state_.dor & dor::select];
    std::uint8_t value = 0;
    value = with_bit(value, 7, irq.level());
    value = with_bit(value, 6, !drives_[1]);
    value = with_bit(value, 5, unit.seeking);
    value = with_bit(value, 4, !(drive && drive->track0()));
    value = with_bit(value, 3, state_.execution.head);
    value = with_bit(value, 2, !(drive && drive->index(clock_.now())));
    value = with_bit(value, 1, !(drive && drive->write_protected()));
    return with_bit(value, 0, unit.inward);
}

std::uint8_t Fdc82077::status_b() const {
    std::uint8_t value = 0xC0 | state_.toggles | (state_.dor >> dor::first_motor & 3);
    value = with_bit(value, 2, state_.execution.step == FdcStep::sector && to_disk());
    return with_bit(value, 5, state_.dor & 1);
}

std::uint8_t Fdc82077::main_status() const {
    if (in_reset() || powered_down()) return 0;
    std::uint8_t value = 0;
    for (unsigned i = 0; i < state_.units.size(); ++i)
        value = with_bit(value, i, state_.units[i].seeking || state_.units[i].ended);
    switch (state_.phase) {
        case FdcPhase::command: return value | msr::request | (state_.command_size ? msr::command_busy : 0);
        case FdcPhase::result: return value | msr::request | msr::to_host | msr::command_busy;
        default: break;
    }
    value |= msr::command_busy;
    if (!non_dma()) return value;
    return value | msr::non_dma | (state_.execution.request ? msr::request : 0) |
           (to_disk() ? 0 : msr::to_host);
}

// The bits that the chip leaves alone float high.
std::uint8_t Fdc82077::input_register() const {
    const FloppyDrive* drive = selected();
    return static_cast<std::uint8_t>(drive && drive->changed() ? 0xFF : 0x7F);
}

void Fdc82077::write_output_register(std::uint8_t value) {
    const bool was_in_reset = in_reset();
    state_.dor = value;
    if (in_reset()) {
        if (!was_in_reset) software_reset();
        state_.dsr &= static_cast<std::uint8_t>(~dsr::power_down);
        state_.poll_at = never;
    } else if (was_in_reset) {
        state_.poll_at = clock_.now() + polling_time;
    }
    poll_timer_.arm(state_.poll_at);
    update_interrupt();
    resume();
}

void Fdc82077::write_rate_select(std::uint8_t value) {
    state_.rate = value & dsr::rate;
    state_.dsr = value & (dsr::precompensation | dsr::power_down);
    if (!(value & dsr::software_reset) || in_reset()) return;
    state_.dsr &= static_cast<std::uint8_t>(~dsr::power_down);
    software_reset();
    state_.poll_at = clock_.now() + polling_time;
    poll_timer_.arm(state_.poll_at);
}

// ---- phases -----------------------------------------------------------------

void Fdc82077::write_data(std::uint8_t value) {
    if (in_reset() || powered_down()) return;
    if (state_.phase == FdcPhase::execution) return put_into_fifo(value);
    if (state_.phase == FdcPhase::result) return;
    state_.command[state_.command_size++] = value;
    const Command* command = find(state_.command[0]);
    if (state_.command_size == (command ? command->size : 1)) run_command();
}

std::uint8_t Fdc82077::read_data() {
    if (state_.phase == FdcPhase::execution) return take_from_fifo();
    return state_.phase == FdcPhase::result ? read_result() : 0;
}

void Fdc82077::run_command() {
    const Command* command = find(state_.command[0]);
    enter_command_phase();
    command ? (this->*command->run)() : invalid();
}

void Fdc82077::enter_command_phase() {
    state_.phase = FdcPhase::command;
    state_.command_size = state_.result_size = state_.result_position = 0;
}

void Fdc82077::reply(std::initializer_list<std::uint8_t> bytes) {
    std::ranges::copy(bytes, state_.result.begin());
    state_.result_size = static_cast<std::uint8_t>(bytes.size());
    state_.result_position = 0;
    state_.phase = FdcPhase::result;
}

/// With the last byte the end of a seek that has still to be told asks again.
std::uint8_t Fdc82077::read_result() {
    const std::uint8_t value = state_.result[state_.result_position++];
    if (std::exchange(state_.result_interrupts, false)) state_.interrupt = false;
    update_interrupt();
    if (state_.result_position < state_.result_size) return value;
    enter_command_phase();
    state_.interrupt |= std::ranges::any_of(state_.units, &FdcUnit::ended);
    update_interrupt();
    return value;
}

// ---- interrupt and time -----------------------------------------------------

/// What polling has found is of no interest once there is something newer.
void Fdc82077::raise_interrupt() {
    state_.polled = 0;
    state_.interrupt = true;
    update_interrupt();
}

void Fdc82077::update_interrupt() {
    irq.set((state_.interrupt || state_.execution.request) && state_.dor & dor::dma_gate && !in_reset());
}

Nanoseconds Fdc82077::bit_times(std::int64_t bits) const {
    return bits * nanoseconds_per_second / bits_per_second(rate());
}

void Fdc82077::schedule(FdcStep step, Nanoseconds at) {
    state_.execution.step = step;
    state_.execution.at = at;
    execution_timer_.arm(timed(step) ? at : never);
}

void Fdc82077::expired() {
    switch (std::exchange(state_.execution.step, FdcStep::none)) {
        case FdcStep::search: search(); break;
        case FdcStep::last_index: finish(); break;
        case FdcStep::sector: sector_passed(); break;
        case FdcStep::stream: stream(); break;
        case FdcStep::address: address_passed(); break;
        default: break;
    }
}

}  // namespace calque
