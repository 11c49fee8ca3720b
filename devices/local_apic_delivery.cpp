// How interrupts get into the local APIC, and in which order out of it.
#include "devices/local_apic.hpp"

#include <algorithm>

namespace calque {

namespace {

constexpr std::uint32_t lvt_remote_irr = 1U << 14, lvt_level = 1U << 15, lvt_masked = 1U << 16;
constexpr std::uint8_t first_legal_vector = 16;
enum ErrorBit : std::uint8_t { send_illegal_vector = 1U << 5, receive_illegal_vector = 1U << 6 };

enum CommandBit : std::uint32_t {
    logical_destination = 1U << 11,
    assert_level = 1U << 14,
    by_level = 1U << 15
};
enum Shorthand : unsigned { no_shorthand, self, all_with_self, all_but_self };

constexpr unsigned priority_class(unsigned vector) { return vector >> 4; }

bool has_vector(ApicDelivery delivery) {
    return delivery == ApicDelivery::fixed || delivery == ApicDelivery::lowest_priority;
}

}  // namespace

// --- Out of it (SDM vol. 3A, "Handling Interrupts")

std::uint8_t LocalApic::processor_priority() const {
    const unsigned serving = priority_class(state_.in_service.highest());
    if (priority_class(state_.task_priority) >= serving) return state_.task_priority;
    return static_cast<std::uint8_t>(serving << 4);
}

std::uint8_t LocalApic::arbitration_priority() const {
    const unsigned task = priority_class(state_.task_priority);
    const unsigned serving = priority_class(state_.in_service.highest());
    const unsigned requested = priority_class(state_.requested.highest());
    if (task >= requested && task > serving) return state_.task_priority;
    return static_cast<std::uint8_t>(std::max({task, serving, requested}) << 4);
}

bool LocalApic::deliverable() const {
    return priority_class(state_.requested.highest()) > priority_class(processor_priority());
}

/// Whether an interrupt of the 8259s waits; no priority holds it back.
bool LocalApic::external() const {
    const std::uint32_t entry = state_.lvt[lint0];
    const bool passed_on = !(entry & lvt_masked) && apic_delivery(entry) == ApicDelivery::external;
    return state_.external_pending || (passed_on && bit(state_.lint_levels, 0));
}

void LocalApic::update() {
    interrupt.set(enabled() ? deliverable() || external() : bit(state_.lint_levels, 0));
}

std::uint8_t LocalApic::acknowledge() {
    if (enabled() && deliverable()) {
        const std::uint8_t vector = state_.requested.highest();
        state_.requested.set(vector, false);
        state_.in_service.set(vector);
        update();
        return vector;
    }
    if (enabled() && !external()) return byte_of(state_.spurious);
    state_.external_pending = false;
    const std::uint8_t vector = external_acknowledge_ ? external_acknowledge_() : byte_of(state_.spurious);
    update();
    return vector;
}

void LocalApic::end_of_interrupt() {
    const std::uint8_t vector = state_.in_service.highest();
    if (vector == 0) return;
    state_.in_service.set(vector, false);
    if (state_.level_triggered.holds(vector)) {
        std::uint32_t& entry = state_.lvt[lint0];
        if (byte_of(entry) == vector) entry &= ~lvt_remote_irr;
        raise_lint_level();
        if (end_of_interrupt_) end_of_interrupt_(vector);
    }
    update();
}

// --- Into it

/// SDM vol. 3A, "Determining IPI Destination".
bool LocalApic::addressed(const ApicMessage& message) const {
    constexpr unsigned everybody = 0xFF, flat = 0xF;
    if (message.destination == everybody) return true;
    if (!message.logical) return message.destination == state_.id;
    const unsigned common = message.destination & state_.logical_id;
    if (state_.destination_format == flat) return common != 0;
    const unsigned cluster = message.destination >> 4;
    return (common & 0xF) && (cluster == 0xF || cluster == state_.logical_id >> 4U);
}

bool LocalApic::receive(const ApicMessage& message) {
    return enabled() && addressed(message) && deliver(message.delivery, message.vector, message.level);
}

bool LocalApic::deliver(ApicDelivery delivery, std::uint8_t vector, bool level) {
    switch (delivery) {
        case ApicDelivery::fixed:
        case ApicDelivery::lowest_priority:
            if (!software_enabled()) return false;
            if (vector < first_legal_vector) {
                report(receive_illegal_vector);
                break;
            }
            state_.requested.set(vector);
            state_.level_triggered.set(vector, level);
            break;
        case ApicDelivery::nmi: nmi.pulse(); break;
        case ApicDelivery::init: init.pulse(); break;
        case ApicDelivery::external: state_.external_pending = true; break;
        case ApicDelivery::smi:      // there is no system management mode
        case ApicDelivery::startup:  // the only processor does not wait for one
        case ApicDelivery::reserved: break;
    }
    update();
    return true;
}

/// The LVT's own interrupts; the timer and errors have a vector only.
void LocalApic::deliver_local(LvtEntry entry) {
    const std::uint32_t value = state_.lvt[entry];
    if (value & lvt_masked) return;
    const bool fixed = entry == timer || entry == error;
    deliver(fixed ? ApicDelivery::fixed : apic_delivery(value), byte_of(value), false);
}

/// An error is told of once, until the guest has looked at it.
void LocalApic::report(std::uint8_t error_bit) {
    if (state_.new_errors & error_bit) return;
    state_.new_errors |= error_bit;
    deliver_local(error);
}

void LocalApic::set_lint(unsigned pin, bool level) {
    if (bit(state_.lint_levels, pin) == level) return;
    state_.lint_levels = with_bit(state_.lint_levels, pin, level);
    if (enabled())
        lint_changed(pin ? lint1 : lint0, level);
    else if (pin == 1)
        nmi.set(level);
    update();
}

void LocalApic::lint_changed(LvtEntry entry, bool level) {
    const std::uint32_t value = state_.lvt[entry];
    const ApicDelivery delivery = apic_delivery(value);
    if (delivery == ApicDelivery::external) return;
    if (entry == lint0 && delivery == ApicDelivery::fixed && (value & lvt_level)) return raise_lint_level();
    constexpr std::uint32_t active_low = 1U << 13;
    if (level != bool(value & active_low)) deliver_local(entry);
}

/// A fixed interrupt by level is asked for again until the pin is quiet at its end.
void LocalApic::raise_lint_level() {
    std::uint32_t& entry = state_.lvt[lint0];
    const bool fixed_level = apic_delivery(entry) == ApicDelivery::fixed && (entry & lvt_level);
    constexpr unsigned active_low = 13;
    const bool active = bit(state_.lint_levels, 0) != bit(entry, active_low);
    if (!fixed_level || !active || (entry & (lvt_masked | lvt_remote_irr))) return;
    if (deliver(ApicDelivery::fixed, byte_of(entry), true)) entry |= lvt_remote_irr;
}

/// SDM vol. 3A, "Valid Combinations for the Pentium 4 and Intel Xeon Processors' Local xAPIC Interrupt
/// Command Register": shorthands that include the sender carry fixed interrupts only.
void LocalApic::send_command() {
    const std::uint32_t command = state_.command_low;
    const ApicDelivery delivery = apic_delivery(command);
    const bool deassert = delivery == ApicDelivery::init && (command & by_level) && !(command & assert_level);
    const unsigned shorthand = command >> 18 & 3;
    if (deassert || delivery == ApicDelivery::external || shorthand == all_but_self) return;
    if (shorthand != no_shorthand && delivery != ApicDelivery::fixed) return;
    if (has_vector(delivery) && byte_of(command) < first_legal_vector) return report(send_illegal_vector);
    receive({.destination = shorthand == no_shorthand ? byte_of(state_.command_high, 3) : std::uint8_t{0xFF},
             .logical = shorthand == no_shorthand && (command & logical_destination),
             .delivery = delivery,
             .vector = byte_of(command),
             .level = false});
}

}  // namespace calque
