// Calque's own lines; what all formats share.
#include "frontend/trace/printer.hpp"

#include <fmt/format.h>

#include <iterator>

namespace calque::trace {
namespace {

/// Where the state is, as people say it: a selector where the segment is not flat.
std::string place(const Registers& registers) {
    if (segment_part(registers, seg_cs, part_base) == 0 &&
        segment_part(registers, seg_cs, part_limit) == 0xffff'ffff)
        return fmt::format("{:08x}", registers[rip]);
    return fmt::format("{:04x}:{:0{}x}", segment_part(registers, seg_cs, part_selector), registers[rip],
                       registers[rip] > 0xffff ? 8 : 4);
}

std::string hex(const Code& code) {
    std::string text;
    for (unsigned i = 0; i < code.length; ++i)
        fmt::format_to(std::back_inserter(text), "{:02x}", code.bytes[i]);
    return text;
}

std::string value_of(const Access& access) {
    if (access.size <= 8) return fmt::format("{:0{}x}", access.value[0], 2 * access.size);
    return fmt::format("{:0{}x}{:016x}", access.value[1], 2 * (access.size - 8), access.value[0]);
}

/// Registers that are not the same afterwards; EIP goes without saying.
std::string changes(const Record& record) {
    std::string text;
    for (unsigned i = 0; i < register_count; ++i) {
        if (i == rip || record.before[i] == record.after[i]) continue;
        fmt::format_to(std::back_inserter(text), " {}={}", register_name(i),
                       register_text(i, record.after[i]));
    }
    return text;
}

}  // namespace

std::string access_text(const Access& access) {
    if (access.port)
        return fmt::format("port {:04x} {} {}", access.address, access.write ? "<-" : "->", value_of(access));
    std::string where = fmt::format("{:08x}", access.address);
    if (access.physical != access.address)
        fmt::format_to(std::back_inserter(where), "={:x}", access.physical);
    return fmt::format("[{}{}{}] {} {}", where, access.io ? " mmio" : "", access.system ? " system" : "",
                       access.write ? "<-" : "->", value_of(access));
}

std::string exception_name(unsigned vector) {
    static constexpr const char* names[]{"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD",
                                         "#NM", "#DF", "?",   "#TS", "#NP", "#SS", "#GP",
                                         "#PF", "?",   "#MF", "#AC", "#MC", "#XM"};
    return vector < std::size(names) ? names[vector] : fmt::format("exception {}", vector);
}

std::string event_name(const Delivery& delivery) {
    const bool nmi = delivery.vector == static_cast<unsigned>(Vector::nmi);
    return fmt::format("{} ({})", delivery.interrupt && !nmi ? "interrupt" : exception_name(delivery.vector),
                       delivery.vector);
}

/// A fetch that faults leaves CR2 to the delivery; one that delivery raises changes it again.
std::uint64_t fault_address(const Record& record) {
    return (record.delivery.failed ? record.before : record.after)[trace::cr2];
}

CpuMode cpu_mode(const Registers& registers) {
    return calque::cpu_mode(registers[trace::cr0] & calque::cr0::pe, registers[rflags] & flag::vm,
                            segment_part(registers, seg_cs, part_attributes) & segment_attribute::big);
}

Subject subject_of(const Record& record, CodeTexts& texts) {
    return {.linear = linear_ip(record.before),
            .number = record.number,
            .cpl = static_cast<unsigned>(record.before[cpl]),
            .mode = cpu_mode(record.before),
            .record = &record,
            .mnemonic = [&record, &texts]() -> std::string {
                if (record.kind == RecordKind::delivery || record.kind == RecordKind::gap) return {};
                const std::string& text = texts.text(record.code, record.before[rip]).mnemonic;
                return text.substr(text.rfind(' ') + 1);  // without prefixes
            }};
}

std::string Printer::instruction(const Record& record) {
    const InsnText& text = texts_.text(record.code, record.before[rip]);
    return text.operands.empty() ? text.mnemonic : fmt::format("{} {}", text.mnemonic, text.operands);
}

std::string Printer::text(const Record& record) {
    switch (style_.format) {
        case TextFormat::qemu: return as_qemu(record);
        case TextFormat::bochs: return as_bochs(record);
        default: return as_calque(record);
    }
}

/// A line of its own where execution comes into another function.
std::string Printer::symbol_line(const Record& record) {
    const std::uint64_t at = linear_ip(record.before);
    const auto found = symbols_.find(at);
    const std::string_view function = found ? found->name : std::string_view{};
    if (function == function_) return {};
    function_ = function;
    return function.empty() ? std::string() : fmt::format("{:>12}  {}:\n", "", symbols_.text(at));
}

std::string Printer::as_calque(const Record& record) {
    if (record.kind == RecordKind::gap)
        return fmt::format("{:>12}  -- not recorded up to here; at {}{}\n", record.number,
                           place(record.after), changes(record));
    std::string line;
    if (record.kind == RecordKind::delivery) {
        const Delivery& delivery = record.delivery;
        line = fmt::format("{:>12}  -- {}", record.number, event_name(delivery));
        if (delivery.has_error_code) line += fmt::format(" error code {:04x}", delivery.error_code);
        if (delivery.vector == 14 && !delivery.interrupt)
            line += fmt::format(" for {:08x}", fault_address(record));
        line += fmt::format(" at {}", place(record.before));
        line += delivery.shutdown ? " -> shutdown (triple fault)"
                : delivery.failed ? " -> raises another"
                                  : fmt::format(" -> {}", place(record.after));
        const std::string handler = symbols_.text(linear_ip(record.after));
        if (!handler.empty() && !delivery.failed && !delivery.shutdown) line += fmt::format(" {}", handler);
    } else {
        line = symbol_line(record);
        line += fmt::format("{:>12}{} {} {:<13} {:<16} {:<36}", record.number,
                            record.kind == RecordKind::faulted ? "!" : " ", record.before[cpl],
                            place(record.before), hex(record.code), instruction(record));
    }
    for (const Access& access : record.accesses) line += "  " + access_text(access);
    line += changes(record);
    while (line.back() == ' ') line.pop_back();
    return line + "\n";
}

}  // namespace calque::trace
