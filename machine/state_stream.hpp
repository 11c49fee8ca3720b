// Files that begin with a saved state.
#pragma once

#include "machine/byte_stream.hpp"
#include "machine/saved_state.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace calque {

/// What kind of file it is: 15 characters that it begins with, and the version of what follows.
struct StateFileKind {
    std::string_view name;
    std::string_view magic;
    std::uint8_t version;
};

inline constexpr StateFileKind saved_state_kind{"saved state", "Calque state\r\n\x1a", 1};
inline constexpr StateFileKind recording_kind{"recording", "Calque replay\r\x1a", 2};

/// What stands behind a state: `more` at once, and pieces that were appended while something went on.
struct StateTail {
    std::vector<std::uint8_t> more;
    std::vector<std::vector<std::uint8_t>> pieces;
    bool cut = false;  ///< what stands behind the last piece is no whole one
};

/// Writes a state, and `more` behind it unless it is empty. Throws as write_state_file() does.
void write_state_stream(const StateFileKind& kind, const std::string& path, const SavedState& state,
                        const std::vector<std::uint8_t>& more);
/// Reads it. `tail` is nullptr where nothing may follow. Throws as read_state_file() does.
SavedState read_state_stream(const StateFileKind& kind, const std::string& path, StateTail* tail);

/// Adds pieces to a file that has been written. Throws likewise.
class StatePieces {
public:
    StatePieces(const StateFileKind& kind, const std::string& path);
    void append(const std::vector<std::uint8_t>& piece) const;
    /// Brings them to the host's disk.
    void finish() const;

private:
    StateFileKind kind_;
    std::string path_;
    std::unique_ptr<FrameAppender> file_;
};

}  // namespace calque
