// What stands for the line editor in a build without libedit: a terminal is read line by line.
#include "frontend/monitor/line_editor.hpp"

namespace calque {

bool LineEditor::available() { return false; }
LineEditor::LineEditor(std::string, std::function<void(std::optional<std::string>)>,
                       std::function<std::vector<std::string>(std::string_view)>) {}
LineEditor::~LineEditor() = default;
void LineEditor::readable() {}
void LineEditor::clear() {}
void LineEditor::redraw() {}

}  // namespace calque
