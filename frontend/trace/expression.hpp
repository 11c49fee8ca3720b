// Filter expressions: which instructions, accesses and events of a trace.
#pragma once

#include "frontend/cpu_mode.hpp"
#include "frontend/trace/record.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace calque::trace {

/// What an expression is asked about.
struct Subject {
    std::uint64_t linear = 0;  ///< of CS:EIP
    std::uint64_t number = 0;  ///< instructions retired before
    unsigned cpl = 0;
    CpuMode mode = CpuMode::real16;
    const Record* record = nullptr;           ///< nullptr: not yet known what happens
    std::function<std::string()> mnemonic{};  ///< of the instruction
};

/// Terms joined by `and` and `or` (`and` binds tighter), each with `not` in front or without:
///   ip=A[-B]  cpl=N  mode=real|v86|16|32|protected  count=N[-M]
///   mem=A[-B]  read=A[-B]  write=A[-B]  physical=A[-B]  port=P[-Q]  mmio
///   op=MNEMONIC  event  exception[=V]  interrupt[=V]
/// Addresses and ports are hexadecimal, the rest is decimal.
class Expression {
public:
    /// Throws UsageError.
    explicit Expression(std::string_view text);

    bool holds(const Subject& subject) const;
    /// Whether it asks only for what is known before an instruction is executed: ip, cpl, mode, count.
    bool foreseeable() const;

    enum class Key : std::uint8_t {
        ip,
        cpl,
        mode,
        count,
        mem,
        read,
        write,
        physical,
        port,
        mmio,
        op,
        event,
        exception,
        interrupt
    };
    struct Term {
        Key key = Key::ip;
        bool negated = false;
        bool any = false;  ///< no value was given
        std::uint64_t first = 0, last = 0;
        std::string text;
    };

private:
    std::vector<std::vector<Term>> alternatives_;  ///< each a list of terms that must all hold
};

}  // namespace calque::trace
