// Editing, history and completion on a terminal.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calque {

/// The terminal on standard input while it lives; only one at a time.
class LineEditor {
public:
    /// Whether this build has it.
    static bool available();

    /// `entered` gets each line, or nullopt at the input's end.
    LineEditor(std::string prompt, std::function<void(std::optional<std::string>)> entered,
               std::function<std::vector<std::string>(std::string_view)> complete);
    ~LineEditor();
    LineEditor(const LineEditor&) = delete;
    LineEditor& operator=(const LineEditor&) = delete;

    /// Standard input has something.
    void readable();
    /// Makes room for something that is written over the line.
    void clear();
    /// That was written.
    void redraw();
};

}  // namespace calque
