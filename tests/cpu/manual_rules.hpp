// The protection rules of the manual once more, from its text alone, for tables of cases to compare with.
#pragma once

#include "tests/cpu/system_machine.hpp"

#include <cstdint>
#include <optional>

namespace calque::test::manual {

/// A descriptor's bits 40-47, by the names of SDM vol. 3A, "Segment Descriptors".
struct AccessByte {
    unsigned value;
    bool present() const { return value >> 7 & 1; }
    unsigned dpl() const { return value >> 5 & 3; }
    bool s() const { return value >> 4 & 1; }
    unsigned type() const { return value & 15; }
    bool data() const { return s() && type() < 8; }
    bool code() const { return s() && type() >= 8; }
    bool writable() const { return data() && (type() & 2); }
    bool expand_down() const { return data() && (type() & 4); }
    bool readable() const { return data() || (code() && (type() & 2)); }
    bool conforming() const { return code() && (type() & 4); }
    bool available_tss() const { return !s() && (type() == 1 || type() == 9); }
    bool busy_tss() const { return !s() && (type() == 3 || type() == 11); }
    bool ldt() const { return !s() && type() == 2; }
    bool call_gate() const { return !s() && (type() == 4 || type() == 12); }
    bool task_gate() const { return !s() && type() == 5; }
};

/// A selector, and whether its table reaches that far.
struct Reference {
    std::uint16_t selector;
    bool within_table;
    unsigned rpl() const { return selector & 3U; }
    bool null() const { return selector < 4; }
    bool ldt() const { return selector & 4U; }
    std::uint32_t code() const { return selector & 0xfffcU; }
};

using Fault = std::optional<Outcome>;
constexpr int ts = 10, np = 11, ss = 12, gp = 13;
inline Fault fault(int vector, std::uint32_t code) { return Outcome{vector, code}; }

/// MOV, POP, LDS and their kin for DS, ES, FS, GS (vol. 2B, "MOV").
inline Fault data_load(Reference ref, AccessByte d, unsigned cpl) {
    if (ref.null()) return {};
    if (!ref.within_table || !d.readable()) return fault(gp, ref.code());
    if ((d.data() || !d.conforming()) && (ref.rpl() > d.dpl() || cpl > d.dpl())) return fault(gp, ref.code());
    if (!d.present()) return fault(np, ref.code());
    return {};
}

/// The same for SS.
inline Fault stack_load(Reference ref, AccessByte d, unsigned cpl) {
    if (ref.null()) return fault(gp, 0);
    if (!ref.within_table || ref.rpl() != cpl || !d.writable() || d.dpl() != cpl)
        return fault(gp, ref.code());
    if (!d.present()) return fault(ss, ref.code());
    return {};
}

/// "LLDT" and "LTR".
inline Fault ldt_load(Reference ref, AccessByte d, unsigned cpl) {
    if (cpl != 0) return fault(gp, 0);
    if (ref.null()) return {};
    if (ref.ldt() || !ref.within_table || !d.ldt()) return fault(gp, ref.code());
    if (!d.present()) return fault(np, ref.code());
    return {};
}
inline Fault task_load(Reference ref, AccessByte d, unsigned cpl) {
    if (cpl != 0 || ref.null()) return fault(gp, 0);
    if (ref.ldt() || !ref.within_table || !d.available_tss()) return fault(gp, ref.code());
    if (!d.present()) return fault(np, ref.code());
    return {};
}

/// "JMP" and "CALL", far, to a code segment; gates and TSSs have tables of their own.
inline Fault far_transfer(Reference ref, AccessByte d, unsigned cpl) {
    if (ref.null()) return fault(gp, 0);
    if (!ref.within_table || !d.code()) return fault(gp, ref.code());
    if (d.conforming() ? d.dpl() > cpl : ref.rpl() > cpl || d.dpl() != cpl) return fault(gp, ref.code());
    if (!d.present()) return fault(np, ref.code());
    return {};
}

/// "RET" far and "IRET": the code segment that is returned to.
inline Fault far_return(Reference ref, AccessByte d, unsigned cpl) {
    if (ref.null()) return fault(gp, 0);
    if (!ref.within_table || !d.code() || ref.rpl() < cpl) return fault(gp, ref.code());
    if (d.conforming() ? d.dpl() > ref.rpl() : d.dpl() != ref.rpl()) return fault(gp, ref.code());
    if (!d.present()) return fault(np, ref.code());
    return {};
}

/// "INT n": the handler's code segment.
inline Fault handler(Reference ref, AccessByte d, unsigned cpl) {
    if (ref.null()) return fault(gp, 0);
    if (!ref.within_table || !d.code() || d.dpl() > cpl) return fault(gp, ref.code());
    if (!d.present()) return fault(np, ref.code());
    return {};
}

/// "CALL" and "JMP": a call gate, and the code segment that it names.
inline Fault gate(Reference ref, AccessByte g, unsigned cpl) {
    if (g.dpl() < cpl || ref.rpl() > g.dpl()) return fault(gp, ref.code());
    if (!g.present()) return fault(np, ref.code());
    return {};
}
inline Fault gate_target(Reference ref, AccessByte d, unsigned cpl, bool jump) {
    if (ref.null()) return fault(gp, 0);
    if (!ref.within_table || !d.code() || d.dpl() > cpl) return fault(gp, ref.code());
    if (jump && !d.conforming() && d.dpl() != cpl) return fault(gp, ref.code());
    if (!d.present()) return fault(np, ref.code());
    return {};
}

/// "JMP" and "CALL" to a TSS; and the TSS that a task gate names, whose DPL does not matter.
inline Fault task(Reference ref, AccessByte d) {
    if (ref.ldt() || !ref.within_table || !d.available_tss()) return fault(gp, ref.code());
    if (!d.present()) return fault(np, ref.code());
    return {};
}
inline Fault direct_task(Reference ref, AccessByte d, unsigned cpl) {
    if (d.dpl() < cpl || d.dpl() < ref.rpl()) return fault(gp, ref.code());
    return task(ref, d);
}
/// "INT n": the gate itself; `code` names the entry of the IDT.
inline Fault interrupt_gate(std::uint32_t code, AccessByte g, unsigned cpl) {
    if (g.dpl() < cpl) return fault(gp, code);
    if (!g.present()) return fault(np, code);
    return {};
}

/// "LAR", "LSL", "VERR" and "VERW": whether ZF is set.
inline bool seen(Reference ref, AccessByte d, unsigned cpl) {
    if (ref.null() || !ref.within_table) return false;
    return d.conforming() || (cpl <= d.dpl() && ref.rpl() <= d.dpl());
}
inline bool lsl(Reference ref, AccessByte d, unsigned cpl) {
    return seen(ref, d, cpl) && (d.s() || d.available_tss() || d.busy_tss() || d.ldt());
}
inline bool lar(Reference ref, AccessByte d, unsigned cpl) {
    return lsl(ref, d, cpl) || (seen(ref, d, cpl) && (d.call_gate() || d.task_gate()));
}
inline bool verr(Reference ref, AccessByte d, unsigned cpl) { return seen(ref, d, cpl) && d.readable(); }
inline bool verw(Reference ref, AccessByte d, unsigned cpl) { return seen(ref, d, cpl) && d.writable(); }

}  // namespace calque::test::manual
