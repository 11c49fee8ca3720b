// As diff shows it.
#include "frontend/trace/difference_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace calque::trace {
namespace {

std::string side(const char* name, bool has, const Record& record, Printer& printer) {
    return fmt::format("{}{}", name, has ? printer.text(record) : std::string("   has ended\n"));
}

std::string differing_registers(const Record& left, const Record& right) {
    std::string text;
    for (unsigned i = 0; i < register_count; ++i)
        if (left.after[i] != right.after[i])
            fmt::format_to(std::back_inserter(text), "    {:<14} {:x} and {:x}\n", register_name(i),
                           left.after[i], right.after[i]);
    return text;
}

}  // namespace

std::string text_of(const RecordDifference& difference, Printer& printer) {
    std::string text;
    for (const Record& record : difference.context) text += "  " + printer.text(record);
    text += side("< ", difference.has_left, difference.left, printer);
    text += side("> ", difference.has_right, difference.right, printer);
    if (!difference.has_left || !difference.has_right) return text;
    const std::string registers = differing_registers(difference.left, difference.right);
    return registers.empty() ? text : text + "  afterwards differ:\n" + registers;
}

}  // namespace calque::trace
