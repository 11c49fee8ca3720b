// x87 errors, and the table of all x87 instructions.
#include "cpu/instructions/x87.hpp"

#include <vector>

namespace calque {

bool raise_x87_error(Cpu& cpu) {
    if (cpu.state.cr0 & cr0::ne) return cpu.raise(Vector::mf);
    if (cpu.fpu.ignne) {
        cpu.fpu.set_aside = host_x87::status() & x87::exceptions;
        cpu.fpu.pending = false;
        host_x87::clear_exceptions();
        cpu.stop_requested = true;
        return true;
    }
    // Frozen in front of this instruction until an interrupt arrives, FERR#'s as a rule.
    cpu.outside.ferr(true);
    cpu.state.halted = true;
    return false;
}

void set_x87_pending(Cpu& cpu, bool error) {
    if (error == cpu.fpu.pending) return;
    cpu.fpu.pending = error;
    if (cpu.state.cr0 & cr0::ne) return;
    cpu.outside.ferr(error);
    cpu.request_stop();
}

void note_x87_errors(Cpu& cpu) { set_x87_pending(cpu, host_x87::status() & x87::error_summary); }

void note_x87_errors(Cpu& cpu, const Insn& insn) {
    note_x87_errors(cpu);
    if (!cpu.fpu.pending || !insn.has_memory()) return;
    const std::uint16_t selector = cpu.state.segments[insn.segment].selector;
    cpu.state.fpu.fdp = cpu.effective_address(insn) | std::uint64_t{selector} << 32;
}

void control_word_changed(Cpu& cpu) {
    const bool unmasked = (cpu.state.fpu.fcw & x87::exceptions) != x87::exceptions;
    if (unmasked == bool(cpu.mode & mode::unmasked_x87)) return;
    cpu.refresh_mode();
    cpu.stop_requested = true;  // what follows is decoded for another mode
}

void x87_image_changed(Cpu& cpu) {
    if (cpu.fpu.set_aside) cpu.fpu.pending = true;  // it was, and the new image decides what becomes of it
    cpu.fpu.set_aside = 0;
    set_x87_pending(cpu, cpu.state.fpu.fsw & x87::error_summary);
    control_word_changed(cpu);
}

std::span<const Row> x87_rows() {
    static const std::vector<Row> rows = [] {
        std::vector<Row> all;
        for (const auto part :
             {x87_data_transfer_rows(), x87_arithmetic_rows(), x87_comparison_rows(), x87_control_rows()})
            all.insert(all.end(), part.begin(), part.end());
        return all;
    }();
    return rows;
}

}  // namespace calque
