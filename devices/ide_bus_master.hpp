// The bus master of one IDE channel: moves data between a drive and memory along a table of regions.
#pragma once

#include "mmu/physical_memory.hpp"

#include <cstdint>
#include <span>

namespace calque {

/// Registers and engine as in Intel's "Programming Interface for Bus Master IDE Controller".
class IdeBusMaster {
public:
    struct State {
        std::uint8_t command = 0;
        std::uint8_t status = 0;
        std::uint32_t table = 0;  ///< the address register
        std::uint32_t next_entry = 0;
        std::uint32_t region = 0;  ///< where in memory the engine is ...
        std::uint32_t region_left = 0;
        bool last_region = false;  ///< ... and that the table ends behind it
    };
    enum Register : std::uint8_t { command_register = 0, status_register = 2, table_register = 4 };

    IdeBusMaster(PhysicalMemory& memory, State& state) : memory_(memory), state_(state) {}

    std::uint8_t read(unsigned reg) const;
    void write(unsigned reg, std::uint8_t value);

    bool active() const { return state_.status & status_active; }
    bool to_memory() const { return state_.command & command_to_memory; }
    /// The drive's interrupt, latched here so that it is seen after the data.
    void latch_interrupt() { state_.status |= status_interrupt; }

    /// False when the table ends before the data does.
    [[nodiscard]] bool store(std::span<const std::uint8_t> bytes);
    [[nodiscard]] bool load(std::span<std::uint8_t> bytes);
    /// The drive has moved all it wanted to; active stays on if regions are left.
    void finish();
    /// Stops with the error bit set.
    void fail();

private:
    static constexpr std::uint8_t command_start = 0x01, command_to_memory = 0x08;
    static constexpr std::uint8_t status_active = 0x01, status_error = 0x02, status_interrupt = 0x04,
                                  status_drives = 0x60;

    void write_command(std::uint8_t value);
    bool next_region();
    template <typename Bytes, typename Move>
    bool move(Bytes bytes, Move move_part);

    PhysicalMemory& memory_;
    State& state_;
};

template <typename Archive>
void describe(Archive& archive, IdeBusMaster::State& state) {
    archive("command", state.command);
    archive("status", state.status);
    archive("table", state.table);
    archive("next_entry", state.next_entry);
    archive("region", state.region);
    archive("region_left", state.region_left);
    archive("last_region", state.last_region);
}

}  // namespace calque
