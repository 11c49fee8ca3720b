// A difference between a machine and a trace.
#include "frontend/compare/trace_report.hpp"

#include "frontend/compare/report_parts.hpp"
#include "frontend/trace/printer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace calque {

namespace {

using trace::Record;
using trace::RecordKind;

bool is_instruction(const Record& record) {
    return record.kind == RecordKind::retired || record.kind == RecordKind::faulted;
}

std::string what_happens(const Record& record, trace::CodeTexts& texts) {
    switch (record.kind) {
        case RecordKind::gap: return "changed from outside";
        case RecordKind::delivery: {
            const trace::Delivery& delivery = record.delivery;
            std::string text = trace::event_name(delivery);
            if (delivery.has_error_code) text += fmt::format(" error code {:04x}", delivery.error_code);
            if (delivery.failed) text += ", raises another";
            if (delivery.shutdown) text += ", shutdown";
            return text;
        }
        default: break;
    }
    const InsnText& text = texts.text(record.code, record.before[trace::rip]);
    return fmt::format("{} {}{}", text.mnemonic, text.operands,
                       record.kind == RecordKind::faulted ? " faults" : "");
}

void add_registers(DifferenceTable& table, const trace::Registers& machine, const trace::Registers& traced) {
    for (unsigned i = 0; i < trace::register_count; ++i) {
        if (machine[i] == traced[i]) continue;
        table.row(trace::register_name(i), trace::register_text(i, machine[i]),
                  trace::register_text(i, traced[i]));
    }
}

void add_accesses(DifferenceTable& table, const Record& machine, const Record& traced) {
    const auto text = [](const Record& record, std::size_t number) {
        return number < record.accesses.size() ? trace::access_text(record.accesses[number]) : "none";
    };
    for (std::size_t i = 0; i < std::max(machine.accesses.size(), traced.accesses.size()); ++i) {
        const std::string first = text(machine, i), second = text(traced, i);
        if (first != second) table.row(fmt::format("access {}", i + 1), first, second);
    }
}

/// Where both are at the same instruction boundary in the same state, or should be.
std::string report_of_both(const Record& machine, const Record& traced, DifferenceTable& table) {
    trace::CodeTexts texts;
    const Record& shown = is_instruction(machine) || !is_instruction(traced) ? machine : traced;
    std::string text =
        place_text(shown.before, is_instruction(shown) ? std::optional(shown.code.physical) : std::nullopt);
    if (is_instruction(shown)) text += instruction_text(shown.code, shown.before[trace::rip], texts);
    text += "before:\n" + registers_text(shown.before);
    if (machine.number != traced.number)
        table.row("instructions before it", fmt::format("{}", machine.number),
                  fmt::format("{}", traced.number));
    const std::string first = what_happens(machine, texts), second = what_happens(traced, texts);
    if (first != second) table.row("what happens", first, second);
    if (machine.before != traced.before) {
        add_registers(table, machine.before, traced.before);
        return text + "they come there with another state:\n";
    }
    add_accesses(table, machine, traced);
    add_registers(table, machine.after, traced.after);
    return text + "after:\n";
}

}  // namespace

std::string trace_report_of(const trace::RecordDifference& difference, const ComparedMachine& machine,
                            const std::string& trace_path) {
    DifferenceTable table(machine.name(), trace_path);
    const Record& traced = difference.left;
    std::string text = fmt::format("the first difference: instruction {}\n", traced.number + 1);
    if (difference.has_right) {
        text += report_of_both(difference.right, traced, table);
    } else {
        trace::CodeTexts texts;
        text += place_text(traced.before,
                           is_instruction(traced) ? std::optional(traced.code.physical) : std::nullopt);
        table.row("the run", text_of(machine.result().end), "goes on");
        table.row("what happens", "nothing", what_happens(traced, texts));
    }
    return text + table.text();
}

}  // namespace calque
