// What becomes of a sector: transfers by DMA, comparison, the address of the next one, the result.
#include "devices/dma8237_pair.hpp"
#include "devices/fdc82077.hpp"
#include "devices/fdc82077_bits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace calque {

using namespace fdc;

namespace {

constexpr std::uint8_t read_toggle = 0x08, write_toggle = 0x10;

}  // namespace

Fdc82077::Kind Fdc82077::kind() const {
    switch (opcode()) {
        case opcode::write:
        case opcode::write_deleted: return Kind::write;
        case opcode::verify: return Kind::verify;
        case opcode::scan_equal:
        case opcode::scan_low:
        case opcode::scan_high: return Kind::scan;
        case opcode::format: return Kind::format;
        case opcode::read_id: return Kind::read_id;
        default: return Kind::read;
    }
}

bool Fdc82077::to_disk() const {
    return kind() == Kind::write || kind() == Kind::scan || kind() == Kind::format;
}

/// The drive, if the sector that was found is still there; else the search has begun anew.
FloppyDrive* Fdc82077::still_there() {
    FloppyDrive* drive = turning();
    const bool any = kind() == Kind::format || opcode() == opcode::read_track;
    if (drive && (kind() == Kind::format || readable(*drive)) && (any || passes(*drive))) return drive;
    search();
    return nullptr;
}

void Fdc82077::sector_passed() {
    FloppyDrive* drive = still_there();
    if (!drive) return;
    if (skips(*drive)) return sector_done(false);
    to_disk() ? from_host(*drive) : to_host(*drive);
}

void Fdc82077::to_host(FloppyDrive& drive) {
    if (!load_sector(drive)) return;
    if (kind() == Kind::verify) {
        const bool counts = state_.execution.sectors_left != 0;
        return sector_done(counts && --state_.execution.sectors_left == 0);
    }
    Dma8237Pair::Transfer transfer;
    if (state_.dor & dor::dma_gate) transfer = dma_.write_memory(dma_channel, state_.execution.buffer);
    if (transfer.moved < sector_size && !transfer.terminal_count) return finish(st1::overrun);
    sector_done(transfer.terminal_count);
}

// What terminal count cuts off is zeros.
void Fdc82077::from_host(FloppyDrive& drive) {
    auto& buffer = state_.execution.buffer;
    std::ranges::fill(buffer, std::uint8_t{0});
    Dma8237Pair::Transfer transfer;
    if (state_.dor & dor::dma_gate) transfer = dma_.read_memory(dma_channel, buffer);
    if (transfer.moved < buffer.size() && !transfer.terminal_count) return finish(st1::overrun);
    if (use_sector(drive, transfer.moved)) sector_done(transfer.terminal_count);
}

/// Has the sector the other data address mark, and the command the skip bit? ("READ DATA", "Skip Bit")
bool Fdc82077::skips(const FloppyDrive& drive) {
    if (kind() == Kind::write || kind() == Kind::format || opcode() == opcode::read_track) return false;
    const bool wants_deleted = opcode() == opcode::read_deleted;
    if (drive.deleted(state_.execution.head, sector_under_head(drive)) == wants_deleted) return false;
    state_.execution.st2 |= st2::control_mark;
    return option(option::skip);
}

/// False if the command is over.
bool Fdc82077::load_sector(FloppyDrive& drive) {
    auto& buffer = state_.execution.buffer;
    state_.toggles ^= read_toggle;
    buffer.resize(sector_size);
    const std::error_code error = drive.read(state_.execution.head, sector_under_head(drive),
                                             FloppyDisk::Sector(buffer.data(), sector_size));
    if (!error) return true;
    finish(st1::data_error, st2::data_error);
    return false;
}

/// Does with what came from the host what the command asks. False if the command is over.
bool Fdc82077::use_sector(FloppyDrive& drive, std::size_t size) {
    state_.execution.buffer.resize(kind() == Kind::format ? format_address_size : sector_size);
    if (kind() == Kind::scan) return compare_sector(drive, size);
    return kind() == Kind::format ? format_sector(drive) : write_sector(drive);
}

bool Fdc82077::write_sector(FloppyDrive& drive) {
    const FdcExecution& execution = state_.execution;
    state_.toggles ^= write_toggle;
    const std::error_code error = drive.write(execution.head, execution.r,
                                              FloppyDisk::ConstSector(execution.buffer.data(), sector_size),
                                              opcode() == opcode::write_deleted);
    if (!error) return true;
    finish(st1::data_error);
    return false;
}

/// Every byte of the disk has to compare; FFh from the host stands for any ("SCAN Commands").
bool Fdc82077::compare_sector(FloppyDrive& drive, std::size_t size) {
    const auto wanted = state_.execution.buffer;
    if (!load_sector(drive)) return false;
    bool equal = true, satisfied = true;
    for (std::size_t i = 0; i < size; ++i) {
        const std::uint8_t on_disk = state_.execution.buffer[i];
        if (on_disk == wanted[i] || wanted[i] == 0xFF) continue;
        equal = false;
        satisfied &= opcode() == (on_disk < wanted[i] ? opcode::scan_low : opcode::scan_high);
    }
    std::uint8_t& st2 = state_.execution.st2;
    st2 &= static_cast<std::uint8_t>(~(st2::scan_equal | st2::scan_not_satisfied));
    if (equal) st2 |= st2::scan_equal;
    if (!satisfied) st2 |= st2::scan_not_satisfied;
    if (satisfied) finish();
    return !satisfied;
}

// A sector with the other mark that was not skipped is the last ("READ DATA", "Skip Bit").
void Fdc82077::sector_done(bool terminal_count) {
    FdcExecution& execution = state_.execution;
    ++execution.passed;
    if (kind() == Kind::format) {
        const FloppyDrive* drive = turning();
        if (terminal_count) execution.passed = state_.sectors;
        return drive ? await_format_sector(*drive) : search();
    }
    const bool wrong_mark = execution.st2 & st2::control_mark && !option(option::skip);
    if (wrong_mark && opcode() != opcode::read_track) return conclude();
    const bool wraps = at_end_of_track(),
               last = wraps && !(option(option::multi_track) && execution.head == 0);
    advance_address();
    if (terminal_count) return conclude();
    if (!last) {
        if (wraps) execution.head = 1;
        return search();
    }
    const bool ends_with_track = kind() == Kind::scan || (kind() == Kind::verify && !execution.sectors_left);
    conclude(ends_with_track ? 0 : st1::end_of_cylinder);
}

/// SCAN commands may look at every second sector only.
unsigned Fdc82077::sector_step() const {
    return kind() == Kind::scan ? std::max(state_.command[8] & 3U, 1U) : 1;
}

bool Fdc82077::at_end_of_track() const {
    const FdcExecution& execution = state_.execution;
    if (opcode() == opcode::read_track) return execution.passed == state_.sectors;
    if (kind() == Kind::scan) return execution.r + sector_step() > state_.sectors;
    return execution.r == state_.sectors;
}

/// What the result phase tells ("Result Phase Table").
void Fdc82077::advance_address() {
    FdcExecution& execution = state_.execution;
    const bool multi_track = option(option::multi_track);
    if (!at_end_of_track()) {
        execution.r = static_cast<std::uint8_t>(execution.r + sector_step());
        return;
    }
    execution.r = 1;
    if (!multi_track || execution.head == 1) ++execution.c;
    if (multi_track) execution.h ^= 1;
}

/// In non-DMA mode the host takes the last bytes before it sees the result.
void Fdc82077::conclude(std::uint8_t st1) {
    state_.execution.st1 |= st1;
    state_.execution.fifo.empty() || to_disk() ? finish() : schedule(FdcStep::drain, never);
}

/// Enters the result phase. HUT counts 8 thousands of bit times; 0 stands for 16.
void Fdc82077::finish(std::uint8_t st1, std::uint8_t st2) {
    const FdcExecution execution = std::exchange(state_.execution, {});
    const auto all_st1 = static_cast<std::uint8_t>(execution.st1 | st1);
    const auto st0 = static_cast<std::uint8_t>(execution.st0 | (all_st1 ? st0::abnormal : 0U) |
                                               unsigned{execution.head} << 2 | unit());
    const int unload_time = state_.specify[0] & 0x0F;
    state_.head_unloads_at = clock_.now() + bit_times(8000) * (unload_time ? unload_time : 16);
    execution_timer_.disarm();
    reply({st0, all_st1, static_cast<std::uint8_t>(execution.st2 | st2), execution.c, execution.h,
           execution.r, execution.n});
    state_.result_interrupts = true;
    raise_interrupt();
}

}  // namespace calque
