// The way of a command to its sector: implied seek, head load, rotation.
#include "devices/bits.hpp"
#include "devices/fdc82077.hpp"
#include "devices/fdc82077_bits.hpp"

#include <cstdlib>

namespace calque {

using namespace fdc;

namespace {

constexpr std::int64_t address_bits = 10 * 8;

}  // namespace

void Fdc82077::read_id() { begin_execution(); }

void Fdc82077::read_or_write() {
    constexpr std::uint8_t enable_count = 0x80;
    const auto& command = state_.command;
    FdcExecution& execution = state_.execution;
    begin_execution();
    execution.c = command[2];
    execution.h = command[3];
    execution.r = command[4];
    execution.n = command[5];
    state_.sectors = command[6];
    if (kind() == Kind::verify && command[1] & enable_count)
        execution.sectors_left = command[8] ? command[8] : 256;
    const int distance = execution.c - state_.units[unit()].cylinder;
    if (!(state_.configuration & configuration::implied_seek) || distance == 0) return;
    schedule(FdcStep::implied_seek, never);
    execution.st0 = st0::seek_end;
    begin_steps(unit(), static_cast<unsigned>(std::abs(distance)), distance > 0);
}

void Fdc82077::begin_execution() {
    state_.phase = FdcPhase::execution;
    state_.execution = {};
    state_.execution.head = bit(state_.command[1], 2);
    load_head();
    set_request(non_dma() && to_disk());
}

/// HLT counts thousands of bit times; 0 stands for 128.
void Fdc82077::load_head() {
    const int load_time = state_.specify[1] >> 1;
    const Nanoseconds now = clock_.now();
    const bool loaded = now < state_.head_unloads_at;
    schedule(FdcStep::search, loaded ? now : now + bit_times(1000) * (load_time ? load_time : 128));
}

/// A disk or a motor may have come for which a command waits.
void Fdc82077::resume() {
    if (state_.execution.step == FdcStep::await_disk && turning()) schedule(FdcStep::search, clock_.now());
}

void Fdc82077::search() {
    const FloppyDrive* drive = turning();
    if (!drive) return schedule(FdcStep::await_disk, never);
    const bool writes = kind() == Kind::write || kind() == Kind::format;
    if (writes && drive->write_protected()) return finish(st1::not_writable);
    if (kind() == Kind::format) return begin_format(*drive);
    if (!readable(*drive)) return not_found(*drive, st1::missing_address_mark);
    kind() == Kind::read_id ? find_address(*drive) : find_sector(*drive);
}

bool Fdc82077::readable(const FloppyDrive& drive) const {
    return option(option::mfm) && drive.formatted(state_.execution.head, rate());
}

/// Is there an address on this track that the one looked for matches?
bool Fdc82077::passes(const FloppyDrive& drive) const {
    const FdcExecution& execution = state_.execution;
    return execution.c == drive.cylinder() && execution.h == execution.head && execution.n == size_code &&
           execution.r >= 1 && execution.r <= drive.sectors();
}

/// READ TRACK takes the sectors as they come.
unsigned Fdc82077::sector_under_head(const FloppyDrive& drive) const {
    if (opcode() == opcode::read_track) return state_.execution.passed % drive.sectors() + 1;
    return state_.execution.r;
}

void Fdc82077::find_sector(const FloppyDrive& drive) {
    FdcExecution& execution = state_.execution;
    const bool reads_track = opcode() == opcode::read_track;
    if (!passes(drive)) {
        if (execution.c != drive.cylinder()) execution.st2 |= st2::wrong_cylinder;
        if (!reads_track) return not_found(drive, st1::no_data);
        execution.st1 |= st1::no_data;
    }
    if (reads_track && execution.passed == 0) execution.at = drive.next_index(execution.at);
    const Nanoseconds end = drive.passage(sector_under_head(drive), execution.at).end;
    skips(drive) ? schedule(FdcStep::sector, end) : await_data(end, sector_size);
}

void Fdc82077::find_address(const FloppyDrive& drive) {
    const FloppyDrive::Passage next = drive.next_passage(state_.execution.at);
    state_.execution.r = static_cast<std::uint8_t>(next.sector);
    schedule(FdcStep::address, next.id + bit_times(address_bits));
}

void Fdc82077::address_passed() {
    const FloppyDrive* drive = turning();
    if (!drive || !readable(*drive)) return search();
    FdcExecution& execution = state_.execution;
    execution.c = static_cast<std::uint8_t>(drive->cylinder());
    execution.h = execution.head;
    execution.n = size_code;
    finish();
}

/// The search ends with the second index pulse.
void Fdc82077::not_found(const FloppyDrive& drive, std::uint8_t st1) {
    state_.execution.st1 |= st1;
    schedule(FdcStep::last_index, drive.next_index(drive.next_index(state_.execution.at)));
}

}  // namespace calque
