// The processor's local APIC, as in a Pentium 4 (SDM vol. 3A, "Advanced Programmable Interrupt Controller").
#pragma once

#include "devices/apic_message.hpp"
#include "devices/apic_timer.hpp"
#include "devices/vector_set.hpp"
#include "devices/wire.hpp"
#include "mmu/physical_memory.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>

namespace calque {

/// Stands between the 8259s, the I/O APIC and the processor's pins. It answers in front of whatever is at the
/// address in IA32_APIC_BASE; while it is disabled there, LINT0 and LINT1 are the processor's INTR and NMI.
///
/// The only processor's: interrupts between processors reach itself or nobody.
class LocalApic final : private MmioHandler {
public:
    static constexpr std::uint64_t enabled_in_base = 1U << 11;
    /// LVT entries by register order from 320h on.
    enum LvtEntry : std::uint8_t { timer, thermal, performance, lint0, lint1, error };

    struct State {
        std::uint64_t base = 0;  ///< IA32_APIC_BASE
        std::uint8_t id = 0;
        std::uint8_t task_priority = 0;
        std::uint8_t logical_id = 0;
        std::uint8_t destination_format = 0xF;  ///< 15: flat, 0: clusters
        std::uint32_t spurious = 0xFF;
        VectorSet in_service, level_triggered, requested;
        std::uint8_t shown_errors = 0, new_errors = 0;
        std::uint32_t command_low = 0, command_high = 0;
        std::array<std::uint32_t, 6> lvt{};
        std::uint8_t lint_levels = 0;   ///< a bit a pin
        bool external_pending = false;  ///< a message told of an interrupt of the 8259s
        ApicTimer::State timer;
    };

    /// `version` is the version register: the number of LVT entries follows from it.
    LocalApic(Clock& clock, PhysicalMemory& memory, std::uint32_t version);
    const State& state() const;
    void restore(const State& state);
    /// RESET#; IA32_APIC_BASE is the processor's to tell.
    void reset();
    /// INIT#: all but the ID (SDM, "Local APIC State After an INIT Reset").
    void initialize();
    /// IA32_APIC_BASE was written or reset.
    void set_base(std::uint64_t base);

    /// Pin 0 is soldered to the 8259s' INTR, pin 1 to the board's NMI.
    void set_lint(unsigned pin, bool level);
    /// False: nobody takes this message.
    bool receive(const ApicMessage& message);
    /// The vector for the processor's interrupt acknowledge cycle.
    std::uint8_t acknowledge();

    /// Has the 8259s acknowledge their interrupt.
    void on_external_acknowledge(std::function<std::uint8_t()> callback) {
        external_acknowledge_ = std::move(callback);
    }
    /// A level-triggered interrupt's handler is through.
    void on_end_of_interrupt(std::function<void(std::uint8_t)> callback) {
        end_of_interrupt_ = std::move(callback);
    }

    Wire interrupt;  ///< INTR of the core
    Wire nmi, init;  ///< their rising edges count

private:
    std::uint64_t mmio_read(PhysicalAddress address, unsigned size) override;
    void mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) override;
    std::uint32_t read_register(unsigned number);
    void write_register(unsigned number, std::uint32_t value);
    std::uint32_t not_there();
    bool has(LvtEntry entry) const;

    bool enabled() const { return state_.base & enabled_in_base; }
    bool software_enabled() const;
    void clear();
    void mask_all();
    void write_spurious(std::uint32_t value);
    void write_lvt(LvtEntry entry, std::uint32_t value);
    void timer_mode_changed();
    void write_error_status();
    void send_command();
    bool addressed(const ApicMessage& message) const;

    bool deliver(ApicDelivery delivery, std::uint8_t vector, bool level);
    void deliver_local(LvtEntry entry);
    void lint_changed(LvtEntry entry, bool level);
    void raise_lint_level();
    void report(std::uint8_t error_bit);
    void end_of_interrupt();

    std::uint8_t processor_priority() const;
    std::uint8_t arbitration_priority() const;
    bool deliverable() const;
    bool external() const;
    void update();

    PhysicalMemory& memory_;
    std::uint32_t version_;
    ApicTimer timer_;
    std::function<std::uint8_t()> external_acknowledge_;
    std::function<void(std::uint8_t)> end_of_interrupt_;
    mutable State state_;  ///< its `timer` is filled in by state()
};

template <typename Archive>
void describe(Archive& archive, LocalApic::State& state) {
    archive("base", state.base);
    archive("id", state.id);
    archive("task_priority", state.task_priority);
    archive("logical_id", state.logical_id);
    archive("destination_format", state.destination_format);
    archive("spurious", state.spurious);
    archive("in_service", state.in_service);
    archive("level_triggered", state.level_triggered);
    archive("requested", state.requested);
    archive("shown_errors", state.shown_errors);
    archive("new_errors", state.new_errors);
    archive("command_low", state.command_low);
    archive("command_high", state.command_high);
    archive("lvt", state.lvt);
    archive("lint_levels", state.lint_levels);
    archive("external_pending", state.external_pending);
    archive("timer", state.timer);
}

}  // namespace calque
