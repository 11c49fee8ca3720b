// Runs programs on the host's CPU and under every engine.
#include "tests/oracle/oracle.hpp"

#include "tests/oracle/named_case.hpp"
#include "tests/oracle/reduction.hpp"
#include "tests/oracle/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace calque::test {

namespace {

/// Of a page fault's error code; reported only where pages can be made not executable.
constexpr std::uint32_t instruction_fetch = 16;

/// As CPUID says, FDP belongs to an instruction that raised an exception: not to the last one before an older
/// exception was unmasked.
void forgive_data_pointer(const Program& program, std::size_t count, const Outcome& from, Outcome& to) {
    constexpr std::size_t fdp = 16, size = 8;
    const auto unmasks = [](const Item& item) {
        const std::string_view name = instruction_table()[item.row].name;
        return name == "fldcw" || name == "fldenv" || name == "frstor";
    };
    if (std::any_of(program.items.begin(), program.items.begin() + static_cast<std::ptrdiff_t>(count),
                    unmasks))
        std::copy_n(from.state.fpu.begin() + fdp, size, to.state.fpu.begin() + fdp);
}

/// What a processor may leave behind when an instruction of several accesses faults in their midst becomes
/// the same in both; the instruction is then restarted, and does it all again.
void forgive_order(std::string_view name, const Outcome& from, Outcome& to) {
    if (name == "frstor" || name == "fldenv") to.fault_address = from.fault_address;  // any order of reads
    if (name == "popa") {
        const std::uint32_t stack_pointer = to.state.gpr[esp];
        to.state.gpr = from.state.gpr;
        to.state.gpr[esp] = stack_pointer;
    }
}

bool pushes_several(std::string_view name) { return name == "pusha" || name == "enter"; }

/// The most that either of them pushes: ENTER's 31 display pointers and frame pointer.
constexpr std::uint32_t most_pushed = 32 * 4;

/// Copies what lies at [end - most_pushed, end) of a window.
template <typename Bytes>
void copy_pushed(const Bytes& from, Bytes& to, std::uint32_t base, std::uint32_t end) {
    for (std::uint32_t i = 1; i <= most_pushed; ++i)
        if (const std::uint32_t at = end - i - base; at < from.size()) to[at] = from[at];
}

}  // namespace

Oracle::Oracle(std::string_view engines) {
    const auto forbid = [this](std::uint32_t from, std::uint32_t to) { native_.forbid(from, to - from); };
    forbid(window::code + window::code_size, window::data);
    forbid(window::fixed + window::fixed_size, window::stack);
    forbid(window::stack + window::stack_size, NativeRunner::base + NativeRunner::size);
    std::ranges::copy(fixed_memory(), native_.memory(window::fixed));
    native_.make_read_only(window::fixed, window::fixed_size);
    const bool has_gs = native_.make_gs(window::gs_base, window::gs_limit);
    for (const EngineKind& kind : engine_kinds())
        if (std::string_view(kind.name).starts_with(engines))
            guests_.push_back(std::make_unique<OracleGuest>(kind, has_gs));
    if (guests_.empty()) throw std::invalid_argument("no engine is called " + std::string(engines));
    target_ = {runnable_rows(), guests_.front()->mode(), &guests_.front()->model(), has_gs};
}

std::string Oracle::engine_names() const {
    std::string names;
    for (const auto& guest : guests_) names += (names.empty() ? "" : " and ") + std::string(guest->name());
    return names;
}

std::string Oracle::check(Generated made) {
    if (compare(made, made.program.items.size()).empty()) return {};
    for (std::size_t count = 1; count < made.program.items.size(); ++count) {
        if (compare(made, count).empty()) continue;
        made.program.items.resize(count);
        break;
    }
    const std::size_t count = made.program.items.size();
    reduce(made, [&](const Generated& smaller) { return !compare(smaller, count).empty(); });
    return compare(made, count) + "as a named case:\n" + text_of_case(made);
}

std::string Oracle::compare(const Generated& made, std::size_t count) {
    const std::vector<std::uint8_t> code = made.program.code(count);
    const auto run = [&](OracleGuest& guest) {
        return guest.run(made.program.address, code, made.state, made.memory);
    };
    const Outcome first = run(*guests_.front());
    const auto difference = [&](const Outcome& expected, const char* name, const Outcome& found,
                                const char* found_name, Comparison how) {
        if (equal(expected, found, how)) return std::string{};
        return report({made.program, count, made.state, expected, found, name, found_name, how});
    };
    const auto native_difference = [&] {
        Outcome native = run_natively(made, code);
        forgive_data_pointer(made.program, count, first, native);
        if (native.vector != Outcome::end) forgive_partial_work(made, count, first, native);
        const std::uint32_t undefined = made.program.undefined_flags(count, native.eip);
        const Comparison how{.flags = (flag::status | flag::df) & ~undefined,
                             .exact = false,
                             .error_code = ~instruction_fetch};
        return difference(native, "native", first, guests_.front()->name(), how);
    };
    // A task switch between an x87 instruction and an FLDCW that unmasks its exception may lose the pointers.
    if (made.program.native_agrees && !native_difference().empty()) {
        const std::string text = native_difference();
        if (!text.empty()) return text;
    }
    for (std::size_t i = 1; i < guests_.size(); ++i) {
        const std::string text =
            difference(first, guests_.front()->name(), run(*guests_[i]), guests_[i]->name(), {});
        if (!text.empty()) return text;
    }
    return {};
}

/// A processor may have stored some of several pushes when another of them faults. Here nothing is stored
/// then: what lies below ESP is as the instructions before have left it.
void Oracle::forgive_partial_work(const Generated& made, std::size_t count, const Outcome& first,
                                  Outcome& native) {
    const std::optional<std::size_t> faulting = made.program.index_at(count, native.eip);
    if (!faulting) return;
    const std::string_view name = instruction_table()[made.program.items[*faulting].row].name;
    forgive_order(name, first, native);
    if (!pushes_several(name)) return;
    std::vector<std::uint8_t> code = made.program.code(count);  // not of fewer items: code may push its end
    code.resize(native.eip - made.program.address);
    const Outcome before = guests_.front()->run(made.program.address, code, made.state, made.memory);
    const std::uint32_t end = native.state.gpr[esp];
    copy_pushed(before.memory.data, native.memory.data, window::data, end);
    copy_pushed(before.memory.stack, native.memory.stack, window::stack, end);
}

std::string Oracle::callouts() {
    std::string text = "called out:";
    for (const auto& guest : guests_) text += fmt::format(" {} ({})", guest->called_out(), guest->name());
    return text;
}

Outcome Oracle::run_natively(const Generated& made, const std::vector<std::uint8_t>& code) {
    std::memcpy(native_.memory(window::data), made.memory.data.data(), window::data_size);
    std::memcpy(native_.memory(window::stack), made.memory.stack.data(), window::stack_size);
    Outcome outcome;
    outcome.state = made.state;
    const NativeRunner::End end = native_.run(made.program.address, code, outcome.state);
    outcome.vector = end.vector;
    outcome.eip = end.eip;
    outcome.error_code = end.error_code;
    outcome.fault_address = end.fault_address;
    std::memcpy(outcome.memory.data.data(), native_.memory(window::data), window::data_size);
    std::memcpy(outcome.memory.stack.data(), native_.memory(window::stack), window::stack_size);
    return outcome;
}

}  // namespace calque::test
