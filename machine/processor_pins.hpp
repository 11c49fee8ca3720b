// What the processor's pins are soldered to.
#pragma once

#include "cpu/outside.hpp"
#include "devices/clock.hpp"
#include "devices/local_apic.hpp"
#include "devices/port_bus.hpp"
#include "devices/wire.hpp"
#include "machine/random_source.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace calque {

class ProcessorPins final : public Outside {
public:
    explicit ProcessorPins(PortBus& ports) : ports_(ports) {}
    /// The clock needs the processor and so cannot be there before its pins.
    void connect(Clock& clock, LocalApic& local_apic, bool repeatable) {
        clock_ = &clock;
        local_apic_ = &local_apic;
        if (!repeatable) host_random_.emplace();
    }

    std::uint32_t port_read(std::uint16_t port, unsigned size) override { return ports_.read(port, size); }
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override {
        ports_.write(port, value, size);
    }
    std::uint8_t acknowledge_interrupt() override { return local_apic_->acknowledge(); }
    /// 1 GHz, whatever the speed of the engine.
    std::uint64_t time_stamp() override { return static_cast<std::uint64_t>(clock_->now()); }
    std::uint64_t random() override { return host_random_ ? (*host_random_)() : scattered(time_stamp()); }
    void ferr(bool asserted) override { ferr_wire.set(asserted); }
    void apic_base_written(std::uint64_t value) override { local_apic_->set_base(value); }
    void unknown_msr(std::uint32_t index, bool is_write, std::uint64_t value) override {
        if (on_unknown_msr) on_unknown_msr(index, is_write, value);
    }

    Wire ferr_wire;
    /// For logs.
    std::function<void(std::uint32_t index, bool is_write, std::uint64_t value)> on_unknown_msr;

private:
    PortBus& ports_;
    Clock* clock_ = nullptr;
    LocalApic* local_apic_ = nullptr;
    std::optional<HostRandom> host_random_;
};

}  // namespace calque
