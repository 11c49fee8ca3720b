// Registers of the local APIC.
#include "devices/local_apic.hpp"

#include <algorithm>

namespace calque {

namespace {

constexpr std::uint64_t base_mask = ~std::uint64_t{page_mask};

/// Register numbers are offsets divided by 16.
enum Register : unsigned {
    id_register = 0x02,
    version_register = 0x03,
    task_priority_register = 0x08,
    arbitration_priority_register = 0x09,
    processor_priority_register = 0x0A,
    end_of_interrupt_register = 0x0B,
    logical_destination_register = 0x0D,
    destination_format_register = 0x0E,
    spurious_register = 0x0F,
    in_service_registers = 0x10,
    trigger_mode_registers = 0x18,
    request_registers = 0x20,
    error_status_register = 0x28,
    command_low_register = 0x30,
    command_high_register = 0x31,
    lvt_registers = 0x32,
    initial_count_register = 0x38,
    current_count_register = 0x39,
    divide_register = 0x3E,
};

constexpr std::uint32_t lvt_masked = 1U << 16, lvt_periodic = 1U << 17;
constexpr std::uint32_t external_unmasked = 0x700;
constexpr std::uint32_t apic_software_enabled = 1U << 8;
constexpr std::uint8_t illegal_register = 1U << 7;

/// What can be written of each LVT entry.
constexpr std::array<std::uint32_t, 6> lvt_writable{0x3'00FF, 0x1'07FF, 0x1'07FF,
                                                    0x1'A7FF, 0x1'A7FF, 0x1'00FF};
constexpr std::uint32_t lvt_remote_irr = 1U << 14;

constexpr bool within(unsigned number, unsigned first, std::size_t count) {
    return number >= first && number < first + count;
}

}  // namespace

LocalApic::LocalApic(Clock& clock, PhysicalMemory& memory, std::uint32_t version)
    : memory_(memory), version_(version), timer_(clock, [this] { deliver_local(timer); }) {
    reset();
}

const LocalApic::State& LocalApic::state() const {
    state_.timer = timer_.state();
    return state_;
}

void LocalApic::restore(const State& state) {
    state_ = state;
    timer_.restore(state.timer);
    set_base(state.base);
}

void LocalApic::reset() {
    state_.id = 0;
    initialize();
}

void LocalApic::initialize() {
    clear();
    update();
}

/// LINT0 passes the 8259s through from the start: the virtual wire mode in which a PC comes up
/// (MultiProcessor Specification 1.4, "Virtual Wire Mode").
void LocalApic::clear() {
    const State old = state_;
    state_ = {};
    state_.base = old.base;
    state_.id = old.id;
    state_.lint_levels = old.lint_levels;
    mask_all();
    state_.lvt[lint0] = external_unmasked;
    timer_.reset();
}

/// A disabled APIC has forgotten everything when it is enabled again.
void LocalApic::set_base(std::uint64_t base) {
    state_.base = base;
    if (enabled()) {
        memory_.set_overlay(base & base_mask, *this);
    } else {
        memory_.remove_overlay();
        clear();
    }
    update();
}

bool LocalApic::software_enabled() const { return state_.spurious & apic_software_enabled; }

/// The number of entries grew with the families.
bool LocalApic::has(LvtEntry entry) const {
    const std::uint32_t highest = version_ >> 16 & 0xFF;
    if (entry == performance) return highest >= 4;
    return entry != thermal || highest >= 5;
}

/// Registers are 32 bits wide and 16 bytes apart; what lies between reads as zeros.
std::uint64_t LocalApic::mmio_read(PhysicalAddress address, unsigned size) {
    const unsigned offset = address & page_mask, within_register = offset & 15;
    if (within_register >= 4) return 0;
    const std::uint64_t value = read_register(offset >> 4) >> 8 * within_register;
    return size < 4 ? value & ((1ULL << 8 * size) - 1) : value;
}

/// Narrow and misaligned stores are undefined, and here without effect.
void LocalApic::mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) {
    const unsigned offset = address & page_mask;
    if (size >= 4 && (offset & 15) == 0) write_register(offset >> 4, static_cast<std::uint32_t>(value));
}

std::uint32_t LocalApic::not_there() {
    report(illegal_register);
    return 0;
}

std::uint32_t LocalApic::read_register(unsigned number) {
    if (within(number, in_service_registers, 8)) return state_.in_service.words[number & 7];
    if (within(number, trigger_mode_registers, 8)) return state_.level_triggered.words[number & 7];
    if (within(number, request_registers, 8)) return state_.requested.words[number & 7];
    if (within(number, lvt_registers, state_.lvt.size())) {
        const auto entry = static_cast<LvtEntry>(number - lvt_registers);
        return has(entry) ? state_.lvt[entry] : not_there();
    }
    switch (number) {
        case id_register: return std::uint32_t{state_.id} << 24;
        case version_register: return version_;
        case task_priority_register: return state_.task_priority;
        case arbitration_priority_register: return arbitration_priority();
        case processor_priority_register: return processor_priority();
        case end_of_interrupt_register: return 0;
        case logical_destination_register: return std::uint32_t{state_.logical_id} << 24;
        case destination_format_register: return std::uint32_t{state_.destination_format} << 28 | 0xFFF'FFFF;
        case spurious_register: return state_.spurious;
        case error_status_register: return state_.shown_errors;
        case command_low_register: return state_.command_low;
        case command_high_register: return state_.command_high;
        case initial_count_register: return timer_.state().initial;
        case current_count_register: return timer_.count();
        case divide_register: return timer_.state().divide;
        default: return not_there();
    }
}

void LocalApic::write_register(unsigned number, std::uint32_t value) {
    if (within(number, lvt_registers, state_.lvt.size()))
        return write_lvt(static_cast<LvtEntry>(number - lvt_registers), value);
    switch (number) {
        case id_register: state_.id = byte_of(value, 3); break;
        case task_priority_register: state_.task_priority = byte_of(value); break;
        case end_of_interrupt_register: return end_of_interrupt();
        case logical_destination_register: state_.logical_id = byte_of(value, 3); break;
        case destination_format_register: state_.destination_format = byte_of(value >> 28); break;
        case spurious_register: write_spurious(value); break;
        case error_status_register: write_error_status(); break;
        case command_low_register:
            state_.command_low = value & 0xC'CFFF;
            send_command();
            break;
        case command_high_register: state_.command_high = value & 0xFF00'0000; break;
        case initial_count_register: timer_.set_initial(value); break;
        case divide_register: timer_.set_divide(value & 0xB); break;
        case version_register:
        case arbitration_priority_register:
        case processor_priority_register:
        case current_count_register: return;  // read-only
        default:
            if (!within(number, in_service_registers, 24)) not_there();
            return;
    }
    update();
}

void LocalApic::mask_all() {
    for (std::uint32_t& entry : state_.lvt) entry |= lvt_masked;
    timer_mode_changed();
}

void LocalApic::write_spurious(std::uint32_t value) {
    state_.spurious = value & 0x3FF;
    if (!software_enabled()) mask_all();
}

void LocalApic::write_lvt(LvtEntry entry, std::uint32_t value) {
    if (!has(entry)) {
        not_there();
        return;
    }
    std::uint32_t& old = state_.lvt[entry];
    const bool level = value & 1U << 15;
    old = (value & lvt_writable[entry]) | (level ? old & lvt_remote_irr : 0);
    if (!software_enabled()) old |= lvt_masked;
    if (entry == timer) timer_mode_changed();
    if (entry == lint0) raise_lint_level();
    update();
}

void LocalApic::timer_mode_changed() {
    const std::uint32_t entry = state_.lvt[timer];
    timer_.set_mode(entry & lvt_periodic, !(entry & lvt_masked));
}

/// A write shows what has gone wrong since the last one.
void LocalApic::write_error_status() {
    state_.shown_errors = state_.new_errors;
    state_.new_errors = 0;
}

}  // namespace calque
