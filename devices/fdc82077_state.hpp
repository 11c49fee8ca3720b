// All that the guest can see or change of the floppy disk controller and its drives, but for the disks.
#pragma once

#include "devices/floppy_drive.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace calque {

enum class FdcPhase : std::uint8_t { command, execution, result };

/// What the controller does next by itself in the execution phase, at `FdcExecution::at`.
enum class FdcStep : std::uint8_t {
    none,
    search,        ///< the head is loaded: look for the sector, the first address or the index
    last_index,    ///< the index pulse that ends a vain search or a format has passed
    sector,        ///< a sector has passed the head
    stream,        ///< non-DMA mode: some bytes of it have
    address,       ///< READ ID: a sector's address has passed
    implied_seek,  ///< untimed: the drive's own deadline counts
    await_disk,    ///< untimed: without index pulses a command waits for ever
    drain,         ///< untimed: the host has still to take the FIFO's last bytes
};

constexpr bool timed(FdcStep step) { return step > FdcStep::none && step < FdcStep::implied_seek; }

/// The command under way.
struct FdcExecution {
    FdcStep step = FdcStep::none;
    Nanoseconds at = 0;     ///< when the step is due; within the step, the time by which it reckons
    std::uint8_t head = 0;  ///< under which the sector is looked for
    std::uint8_t c = 0, h = 0, r = 0, n = 0;
    std::uint8_t st0 = 0, st1 = 0, st2 = 0;
    std::uint8_t passed = 0;         ///< sectors of READ TRACK and FORMAT TRACK that are done
    std::uint16_t sectors_left = 0;  ///< of a VERIFY that counts, else 0
    std::vector<std::uint8_t> buffer;
    std::uint32_t position = 0;      ///< in the buffer, of the stream
    std::vector<std::uint8_t> fifo;  ///< oldest first
    std::uint8_t batch = 0;          ///< bytes that will have passed at the next step of the stream
    bool request = false;            ///< non-DMA mode: the FIFO wants service
};

/// What the controller knows of each of the four drives that commands can name.
struct FdcUnit {
    std::uint8_t cylinder = 0;    ///< PCN
    std::uint8_t steps_left = 0;  ///< of a seek under way
    bool seeking = false, recalibrating = false, inward = false;
    Nanoseconds step_at = never;
    bool ended = false;  ///< a seek has ended and SENSE INTERRUPT STATUS has not told yet
    std::uint8_t st0 = 0;
};

struct FdcState {
    static constexpr std::uint8_t default_specify_1 = 0xDF, default_specify_2 = 0x02;

    std::uint8_t dor = 0, tdr = 0;
    std::uint8_t rate = 2, dsr = 0;  ///< DRATE SEL; the rest of the data rate select register
    std::uint8_t toggles = 0;        ///< the data bits of status register B

    FdcPhase phase = FdcPhase::command;
    std::array<std::uint8_t, 9> command{};
    std::uint8_t command_size = 0;  ///< bytes that have come
    std::array<std::uint8_t, 10> result{};
    std::uint8_t result_size = 0, result_position = 0;
    bool interrupt = false;
    bool result_interrupts = false;  ///< the interrupt is that of the result, whose first byte takes it back

    std::array<std::uint8_t, 2> specify{default_specify_1, default_specify_2};
    std::uint8_t configuration = 0x20, precompensation_track = 0;
    bool locked = false;
    std::uint8_t perpendicular = 0;
    std::uint8_t sectors = 0;  ///< SC or EOT of the last command that had one
    Nanoseconds head_unloads_at = 0;

    Nanoseconds poll_at = never;  ///< after a reset: when the drives are polled
    std::uint8_t polled = 0;      ///< a bit for each drive whose polling status is still to be told
    std::array<FdcUnit, 4> units;
    FdcExecution execution;
    std::array<FloppyDriveState, 2> drives;
};

template <typename Archive>
void describe(Archive& archive, FdcExecution& state) {
    archive("step", state.step);
    archive("at", state.at);
    archive("head", state.head);
    archive("c", state.c);
    archive("h", state.h);
    archive("r", state.r);
    archive("n", state.n);
    archive("st0", state.st0);
    archive("st1", state.st1);
    archive("st2", state.st2);
    archive("passed", state.passed);
    archive("sectors_left", state.sectors_left);
    archive("buffer", state.buffer);
    archive("position", state.position);
    archive("fifo", state.fifo);
    archive("batch", state.batch);
    archive("request", state.request);
}

template <typename Archive>
void describe(Archive& archive, FdcUnit& state) {
    archive("cylinder", state.cylinder);
    archive("steps_left", state.steps_left);
    archive("seeking", state.seeking);
    archive("recalibrating", state.recalibrating);
    archive("inward", state.inward);
    archive("step_at", state.step_at);
    archive("ended", state.ended);
    archive("st0", state.st0);
}

template <typename Archive>
void describe(Archive& archive, FdcState& state) {
    archive("dor", state.dor);
    archive("tdr", state.tdr);
    archive("rate", state.rate);
    archive("dsr", state.dsr);
    archive("toggles", state.toggles);
    archive("phase", state.phase);
    archive("command", state.command);
    archive("command_size", state.command_size);
    archive("result", state.result);
    archive("result_size", state.result_size);
    archive("result_position", state.result_position);
    archive("interrupt", state.interrupt);
    archive("result_interrupts", state.result_interrupts);
    archive("specify", state.specify);
    archive("configuration", state.configuration);
    archive("precompensation_track", state.precompensation_track);
    archive("locked", state.locked);
    archive("perpendicular", state.perpendicular);
    archive("sectors", state.sectors);
    archive("head_unloads_at", state.head_unloads_at);
    archive("poll_at", state.poll_at);
    archive("polled", state.polled);
    archive("units", state.units);
    archive("execution", state.execution);
    archive("drives", state.drives);
}

}  // namespace calque
