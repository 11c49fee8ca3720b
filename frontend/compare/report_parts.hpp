// What reports of differences consist of.
#pragma once

#include "frontend/trace/code_texts.hpp"
#include "frontend/trace/registers.hpp"
#include "machine/machine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calque {

/// The place of CS:EIP, in all forms of address, and the mode. A line, as the others.
std::string place_text(const trace::Registers& registers, std::optional<std::uint64_t> physical);
/// Its offset, bytes and disassembly.
std::string instruction_text(const trace::Code& code, std::uint64_t eip, trace::CodeTexts& texts);
/// Those that people look at first, in several lines.
std::string registers_text(const trace::Registers& registers);
const char* text_of(RunEnd end);

/// What each of two sides made of something.
class DifferenceTable {
public:
    DifferenceTable(const std::string& first, const std::string& second) {
        row("", "first: " + first, "second: " + second);
    }

    void row(std::string_view what, std::string_view first, std::string_view second);
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

}  // namespace calque
