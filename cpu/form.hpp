// Instruction forms: operand access around an algorithm, and the handler sets that rows are made of.
#pragma once

#include "cpu/handler.hpp"
#include "cpu/instruction_table.hpp"
#include "cpu/operand.hpp"

#include <cstdint>
#include <type_traits>

namespace calque {

/// destination = Algorithm(destination, source); an algorithm is `template <T> static T apply(Cpu&, T, T)`.
template <typename Algorithm, typename Destination, typename Source>
struct Binary {
    template <typename T>
    static bool run(Cpu& cpu, const Insn& insn) {
        T source;
        if constexpr (!std::is_same_v<Source, RmMemory>)
            Source::read(cpu, insn, source);
        else if (!Source::read(cpu, insn, source))
            return false;
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

/// The handlers of a form with ModRM: `Form<RmRegister>` and `Form<RmMemory>`, in 16 and 32 bits.
template <template <typename Rm> class Form>
constexpr Handlers handlers_v() {
    using R = Form<RmRegister>;
    using M = Form<RmMemory>;
    return {
        {threaded<R::template run<std::uint16_t>>, threaded<R::template run<std::uint32_t>>},
        {threaded_memory<M::template run<std::uint16_t>>, threaded_memory<M::template run<std::uint32_t>>}};
}
/// The same for byte operands.
template <template <typename Rm> class Form>
constexpr Handlers handlers_b() {
    constexpr Handler reg = threaded<Form<RmRegister>::template run<std::uint8_t>>;
    constexpr Handler mem = threaded_memory<Form<RmMemory>::template run<std::uint8_t>>;
    return {{reg, reg}, {mem, mem}};
}
/// A form without ModRM (or with no use for it): one handler a width.
constexpr Handlers handlers_by_size(Handler word, Handler doubleword) {
    return {{word, doubleword}, {word, doubleword}};
}
constexpr Handlers handlers_any(Handler handler) { return handlers_by_size(handler, handler); }

}  // namespace calque
