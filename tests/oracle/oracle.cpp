// Runs programs on the host's CPU and under every engine.
#include "tests/oracle/oracle.hpp"

#include "tests/oracle/named_case.hpp"
#include "tests/oracle/reduction.hpp"
#include "tests/oracle/report.hpp"

#include <fmt/format.h>

#include <cstring>

namespace calque::test {

Oracle::Oracle() {
    const auto forbid = [this](std::uint32_t from, std::uint32_t to) { native_.forbid(from, to - from); };
    forbid(window::code + window::code_size, window::data);
    forbid(window::data + window::data_size, window::stack);
    forbid(window::stack + window::stack_size, NativeRunner::base + NativeRunner::size);
    for (const EngineKind& kind : engine_kinds()) guests_.push_back(std::make_unique<OracleGuest>(kind));
    target_ = {runnable_rows(), guests_.front()->mode(), &guests_.front()->model()};
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
    if (made.program.native_agrees) {
        const Outcome native = run_natively(made, code);
        const std::uint32_t undefined = made.program.undefined_flags(count, native.eip);
        const Comparison how{.flags = (flag::status | flag::df) & ~undefined, .exact = false};
        const std::string text = difference(native, "native", first, guests_.front()->name(), how);
        if (!text.empty()) return text;
    }
    for (std::size_t i = 1; i < guests_.size(); ++i) {
        const std::string text =
            difference(first, guests_.front()->name(), run(*guests_[i]), guests_[i]->name(), {});
        if (!text.empty()) return text;
    }
    return {};
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
    std::memcpy(outcome.memory.data.data(), native_.memory(window::data), window::data_size);
    std::memcpy(outcome.memory.stack.data(), native_.memory(window::stack), window::stack_size);
    return outcome;
}

}  // namespace calque::test
