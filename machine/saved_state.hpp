// The whole state of a machine in memory: what `save` writes to a file, and what stepping back and comparing
// keep.
#pragma once

#include "machine/board.hpp"
#include "machine/medium.hpp"
#include "machine/memory_copy.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace calque {

/// One chip's, the processor's or the clock's state as a stream of fields (machine/field_stream.hpp).
struct SavedPart {
    std::string name;
    std::vector<std::uint8_t> fields;
};

struct SavedState {
    MachineConfig config;
    std::uint64_t instructions = 0;  ///< retired until then
    std::vector<SavedPart> parts;
    std::array<Medium, Drives::place_count> media;
    FwCfg::Contents firmware_items;
    std::vector<MemoryCopy>
        memory;  ///< RAM, ROMs and video memory, in the order in which the board made them
};

/// Only at a border (Machine::at_next_border) or after a run. Pages that are as in `earlier`, if given, are
/// shared with it, so that states of one machine that are near each other take little. Flushes the images.
/// Throws std::runtime_error, one line, if the host cannot.
SavedState save_state(Board& board, const SavedState* earlier = nullptr);

/// Makes the board what it was, whatever engine runs it; all that is derived from the state is built anew.
/// The board must have been made from the same configuration, but for what is in drives with removable media.
/// Throws std::runtime_error, one line, if the state does not fit or is damaged; the board is then as before.
/// Frames on their way to the card are not part of a state: see Machine::on_load.
void load_state(Board& board, const SavedState& state);

}  // namespace calque
