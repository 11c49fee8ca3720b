// Taking and putting back the state of a board.
#include "machine/saved_state.hpp"

#include "machine/cpu_state_description.hpp"
#include "machine/field_stream.hpp"
#include "machine/state_restorer.hpp"

#include <fmt/format.h>

namespace calque {

SavedState save_state(Board& board, const SavedState* earlier) {
    SavedState state;
    state.config = board.config();
    state.instructions = board.processor().cpu().state.instructions;
    state.parts.push_back({"clock", fields_of(board.clock().now())});
    state.parts.push_back({"processor", fields_of(processor_state(board.processor().cpu()))});
    board.chips().for_each([&](std::string_view name, auto& device) {
        using State = typename std::decay_t<decltype(device)>::State;
        state.parts.push_back({std::string(name), fields_of(State(device.state()))});
    });
    state.media = board.drives().media();
    state.firmware_items = board.chips().fw_cfg.contents();
    for (const MemoryBlock& block : board.memory().blocks()) {
        const std::size_t number = state.memory.size();
        const bool has_like = earlier && number < earlier->memory.size();
        state.memory.emplace_back(board.memory().memfd(), block,
                                  has_like ? &earlier->memory[number] : nullptr);
    }
    return state;
}

void load_state(Board& board, const SavedState& state) {
    StateRestorer restorer(board, state);
    const SavedState before = save_state(board);
    try {
        restorer.put_back();
    } catch (...) {
        StateRestorer(board, before).put_back();
        throw;
    }
}

}  // namespace calque
