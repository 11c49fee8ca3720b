// An i440FX PC: processor, memory, chips, and the wires between them.
#pragma once

#include "cpu/processor.hpp"
#include "devices/clock.hpp"
#include "devices/port_bus.hpp"
#include "machine/bios_area.hpp"
#include "machine/chips.hpp"
#include "machine/config.hpp"
#include "machine/drives.hpp"
#include "machine/guest_time.hpp"
#include "machine/processor_pins.hpp"
#include "mmu/mmu.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace calque {

class Board {
public:
    /// What a chip asks of whoever runs the board, to be granted between two instructions.
    enum class Request : std::uint8_t { none, reset_processor, reset, power_off };

    /// Opens what `config` names. Throws std::runtime_error, one line that names the thing, if it cannot.
    explicit Board(const MachineConfig& config);
    Board(const Board&) = delete;
    Board& operator=(const Board&) = delete;

    /// As the machine was made, with what is in the drives now.
    MachineConfig config() const;
    PhysicalMemory& memory() { return memory_; }
    Mmu& mmu() { return mmu_; }
    Processor& processor() { return processor_; }
    GuestTime& time() { return *time_; }
    Clock& clock() { return clock_; }
    PortBus& ports() { return ports_; }
    ProcessorPins& pins() { return pins_; }
    Chips& chips() { return chips_; }
    Drives& drives() { return drives_; }

    /// Runs the processor to `until` retired instructions or to whatever comes first.
    ExitReason run(std::uint64_t until);

    /// As the reset line of the whole board does.
    void reset();
    /// As a reset of the processor alone does, by which old software leaves protected mode.
    void reset_processor();

    /// FERR#, when a state is put back.
    void drive_ferr(bool asserted) { pins_.ferr(asserted); }

    /// The most weighty request since the last call.
    Request take_request() { return std::exchange(request_, Request::none); }
    void ask(Request request);

private:
    void attach_ports();
    void attach_pci();
    void connect_interrupts();
    void connect_apics();
    void connect_resets();
    void connect_memory_controls();
    void leave_run();

    MachineConfig config_;
    PhysicalMemory memory_;
    Mmu mmu_;
    PortBus ports_;
    ProcessorPins pins_;
    Processor processor_;
    std::unique_ptr<GuestTime> time_;
    Clock clock_;
    BiosArea bios_;
    Chips chips_;
    Drives drives_;
    bool running_ = false;
    Request request_ = Request::none;
};

}  // namespace calque
