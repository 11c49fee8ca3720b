// Records as lines of text.
#pragma once

#include "frontend/trace/code_texts.hpp"
#include "frontend/trace/expression.hpp"
#include "frontend/trace/symbols.hpp"

#include <cstdint>
#include <string>

namespace calque::trace {

enum class TextFormat : std::uint8_t {
    calque,
    qemu,   ///< as QEMU logs with -d exec,cpu,int and one instruction a block
    bochs,  ///< as Bochs' debugger does with trace, trace-mem and show int on
};

struct PrintStyle {
    TextFormat format = TextFormat::calque;
    Syntax syntax = Syntax::intel;
};

/// What of a record the registers before it tell.
Subject subject_of(const Record& record, CodeTexts& texts);
CpuMode cpu_mode(const Registers& registers);
/// Where, which way and what: "[00001000] <- 05", "port 0080 <- 05".
std::string access_text(const Access& access);
std::string exception_name(unsigned vector);
/// With the vector's number: "#PF (14)", "interrupt (32)".
std::string event_name(const Delivery& delivery);
/// Of a page fault's delivery.
std::uint64_t fault_address(const Record& record);

class Printer {
public:
    Printer(const PrintStyle& style, const Symbols& symbols)
        : style_(style), symbols_(symbols), texts_(style.syntax) {}

    /// One or more lines, each with its end.
    std::string text(const Record& record);
    CodeTexts& texts() { return texts_; }

private:
    std::string instruction(const Record& record);
    std::string as_calque(const Record& record);
    std::string as_qemu(const Record& record);
    std::string as_bochs(const Record& record);
    std::string symbol_line(const Record& record);

    PrintStyle style_;
    const Symbols& symbols_;
    CodeTexts texts_;
    std::string_view function_;
};

}  // namespace calque::trace
