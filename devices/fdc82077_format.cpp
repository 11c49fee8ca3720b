// FORMAT TRACK: from index to index, an address from the host for each sector.
#include "devices/fdc82077.hpp"
#include "devices/fdc82077_bits.hpp"

namespace calque {

using namespace fdc;

void Fdc82077::format_track() {
    state_.sectors = state_.command[3];
    begin_execution();
}

void Fdc82077::begin_format(const FloppyDrive& drive) {
    state_.execution.at = drive.next_index(state_.execution.at);
    await_format_sector(drive);
}

/// The track ends with the index pulse.
void Fdc82077::await_format_sector(const FloppyDrive& drive) {
    FdcExecution& execution = state_.execution;
    if (execution.passed == state_.sectors)
        return schedule(FdcStep::last_index, drive.next_index(execution.at - 1));
    await_data(execution.at + drive.revolution() / state_.sectors, format_address_size);
}

/// An image holds the one layout of its format.
bool Fdc82077::can_format(const FloppyDrive& drive) const {
    return readable(drive) && state_.command[2] == size_code && state_.sectors == drive.sectors();
}

/// A sector that the image has no place for leaves no data behind, and the command says so at its end.
bool Fdc82077::format_sector(FloppyDrive& drive) {
    FdcExecution& execution = state_.execution;
    execution.c = execution.buffer[0];
    execution.h = execution.buffer[1];
    execution.r = execution.buffer[2];
    execution.n = execution.buffer[3];
    if (!can_format(drive) || !passes(drive)) {
        execution.st1 |= st1::no_data;
        return true;
    }
    execution.buffer.assign(sector_size, state_.command[5]);
    return write_sector(drive);
}

}  // namespace calque
