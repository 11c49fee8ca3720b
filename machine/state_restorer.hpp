// Puts a saved state back into a board: everything is checked before anything is touched.
#pragma once

#include "machine/cpu_state_description.hpp"
#include "machine/saved_state.hpp"

#include <any>
#include <string_view>
#include <vector>

namespace calque {

class StateRestorer {
public:
    /// Throws std::runtime_error, one line, if the state is not one of a board like this.
    StateRestorer(Board& board, const SavedState& state);

    /// Throws likewise if a chip finds its state to be impossible; the board is then in no state at all.
    void put_back();

private:
    void check_memory() const;
    void put_back_chips();
    void put_back_processor();

    Board& board_;
    const SavedState& state_;
    Nanoseconds now_ = 0;
    ProcessorState processor_;
    std::vector<std::any> chips_;  ///< in the order of Chips::for_each
};

}  // namespace calque
