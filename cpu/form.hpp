// Instruction forms: operand access around an algorithm, and the handler sets that rows are made of.
#pragma once

#include "cpu/handler.hpp"
#include "cpu/instruction_table.hpp"
#include "cpu/operand.hpp"

#include <cstdint>

namespace calque {

/// destination = Algorithm(destination, source); an algorithm is `template <T> static T apply(Cpu&, T, T)`.
template <typename Algorithm, typename Destination, typename Source>
struct Binary {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T source;
        if (!Source::read(cpu, insn, source)) return false;
        return Destination::template update<T>(
            cpu, insn, [&](T& value) { value = Algorithm::template apply<T>(cpu, value, source); });
    }
};

/// Algorithm(first, second) for its flags only; `template <T> static void apply(Cpu&, T, T)` may return
/// anything.
template <typename Algorithm, typename First, typename Second>
struct Compare {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T first, second;
        if (!First::read(cpu, insn, first) || !Second::read(cpu, insn, second)) return false;
        Algorithm::template apply<T>(cpu, first, second);
        return true;
    }
};

/// destination = Algorithm(destination).
template <typename Algorithm, typename Destination>
struct Unary {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        return Destination::template update<T>(
            cpu, insn, [&](T& value) { value = Algorithm::template apply<T>(cpu, value); });
    }
};

/// destination = source.
template <typename Destination, typename Source>
struct Move {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T value;
        return Source::read(cpu, insn, value) && Destination::write(cpu, insn, value);
    }
};

/// The handler of a form for accesses that need no closer look, with the one for all behind it.
template <typename Plain, typename Complete, typename T>
constexpr Handler plain_handler = threaded_plain<Plain::template run<T>, Complete::template run<T>>;
template <typename Plain, typename Complete>
constexpr std::array<Handler, 2> plain_handlers{plain_handler<Plain, Complete, std::uint16_t>,
                                                plain_handler<Plain, Complete, std::uint32_t>};

/// The handlers of a form with ModRM, in 16 and 32 bits.
template <template <typename Rm> class Form>
constexpr Handlers handlers_v() {
    using R = Form<RmRegister>;
    return {{threaded<R::template run<std::uint16_t>>, threaded<R::template run<std::uint32_t>>},
            plain_handlers<Form<PlainMemory>, Form<RmMemory>>,
            plain_handlers<Form<FlatMemory>, Form<RmMemory>>,
            plain_handlers<Form<IndexedMemory>, Form<RmMemory>>};
}
/// The same for byte operands.
template <template <typename Rm> class Form>
constexpr Handlers handlers_b() {
    constexpr Handler reg = threaded<Form<RmRegister>::template run<std::uint8_t>>;
    constexpr Handler mem = plain_handler<Form<PlainMemory>, Form<RmMemory>, std::uint8_t>;
    constexpr Handler flat = plain_handler<Form<FlatMemory>, Form<RmMemory>, std::uint8_t>;
    constexpr Handler indexed = plain_handler<Form<IndexedMemory>, Form<RmMemory>, std::uint8_t>;
    return {{reg, reg}, {mem, mem}, {flat, flat}, {indexed, indexed}};
}
/// A form without ModRM (or with no use for it): one handler a width.
constexpr Handlers handlers_by_size(Handler word, Handler doubleword) {
    return {{word, doubleword}, {word, doubleword}, {}, {}};
}
constexpr Handlers handlers_any(Handler handler) { return handlers_by_size(handler, handler); }

}  // namespace calque
