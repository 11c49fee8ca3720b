"""Mutants that were looked at and are no errors: (file, line, changed line) -> why user code sees no difference."""

EQUIVALENTS = {
    ("cpu/instructions/string.cpp",
     "return cpu.mmu.shadow(cpu.view).writable(static_cast<std::uint32_t>(s.base + offset), bytes);",
     "return cpu.mmu.shadow(cpu.view).writable(static_cast<std::uint32_t>(s.base - offset), bytes);"):
        "nothing is mapped at the negative address, so the path without a pointer is taken",
    ("cpu/instructions/string.cpp",
     "constexpr auto attributes = static_cast<std::uint16_t>(attribute::repeatable | attribute::own_address);",
     "constexpr auto attributes = static_cast<std::uint16_t>(attribute::repeatable & attribute::own_address);"):
        "of strings, both engines ask the class, not these attributes",
    ("cpu/instructions/data_transfer.cpp", "row.memory_size = 8;", "row.memory_size = 9;"):
        "a wider reach of an address window only gives it up earlier",
    ("cpu/instructions/arithmetic.cpp",
     "StatusFlags::of_result(al).pack() | (carry ? flag::cf : 0) | (auxiliary ? flag::af : 0);",
     "StatusFlags::of_result(al).pack() | (carry ? flag::cf : 2) | (auxiliary ? flag::af : 0);"):
        "bit 1 of EFLAGS is always one",
    ("cpu/instructions/x87.cpp",
     "const bool unmasked = (cpu.state.fpu.fcw & x87::exceptions) != x87::exceptions;",
     "const bool unmasked = (cpu.state.fpu.fcw | x87::exceptions) != x87::exceptions;"):
        "exceptions are looked for where none can be: slower",
    ("cpu/instructions/x87.hpp",
     "if ((cpu.state.fpu.fcw & x87::exceptions) != x87::exceptions) [[unlikely]]",
     "if ((cpu.state.fpu.fcw | x87::exceptions) != x87::exceptions) [[unlikely]]"):
        "exceptions are looked for where none can be: slower",
    ("cpu/instructions/sse_range.cpp",
     ": scalar_flags<Mandatory::pf2, double>(element, control);",
     ": scalar_flags<Mandatory::p66, double>(element, control);"):
        "the other element is 0 and 0, which raises nothing that is asked for",
    ("cpu/instructions/sse_range.cpp",
     "const unsigned rounding = control >> 13 & 3;", "const unsigned rounding = control >> 13 & 4;"):
        "whether a result is exact does not depend on the rounding",
    ("cpu/instructions/sse_range.cpp",
     "host_x87::set_control(static_cast<std::uint16_t>(rounding << 10 | (single ? 0x07f : 0x27f)));",
     "host_x87::set_control(static_cast<std::uint16_t>(rounding << 11 | (single ? 0x07f : 0x27f)));"):
        "whether a result is exact does not depend on the rounding",
    ("cpu/instructions/sse_range.cpp",
     "host_x87::set_control(static_cast<std::uint16_t>(rounding << 10 | (single ? 0x07f : 0x27f)));",
     "host_x87::set_control(static_cast<std::uint16_t>(rounding << 10 | (single ? 0x07f : 0x27e)));"):
        "unmasks invalid, which an operation that overflows or underflows does not raise",
    ("cpu/instructions/sse_move.cpp",
     'from_memory<load<8, Rest::kept, 0>>("movlpd", p66, 0x12, 8),',
     'from_memory<load<8, Rest::kept, 2>>("movlpd", p66, 0x12, 8),'):
        "bytes 0 and 2 lie in the same quadword, which is what is written",
    ("translator/emit_string.cpp",
     "a.mov(a.count().r32(), 0x1'0000);", "a.mov(a.count().r32(), 0x10001);"):
        "the page's end, which lies there too in a flat segment, is a limit of its own",
    ("cpu/instructions/control_transfer.cpp",
     'loop_row<LoopKind::ecx_is_zero>("jecxz", 0xe3, 0),', 'loop_row<LoopKind::ecx_is_zero>("jecxz", 0xe3, 2),'):
        "a mask of status flags that are read: bit 1 is none",
    ("translator/emit_stack.cpp", "if (!emit_push_place(e)) return false;", "if (!emit_push_place(e)) return true;"):
        "the place cannot be made out under alignment checks only, which user code does not have here",
    ("translator/emit_flag_control.cpp",
     "const auto width = static_cast<std::int32_t>(e.insn().operand_size);",
     "const auto width = static_cast<std::int8_t>(e.insn().operand_size);"):
        "2 or 4",
    ("cpu/instructions/string.cpp",
     "if (std::uint64_t{offset} + bytes > s.write_end || (cpu.mode & mode::checked_access)) return nullptr;",
     "if (std::uint64_t{offset} + bytes > s.write_end && (cpu.mode & mode::checked_access)) return nullptr;"):
        "destinations of strings are flat, and accesses not checked",
    ("cpu/instructions/ssse3.cpp",
     "std::array<std::uint8_t, 3 * size> all{};", "std::array<std::uint16_t, 3 * size> all{};"):
        "elements wider than what they hold",
    ("cpu/instructions/sse_move.cpp",
     'load_row<8, Rest::kept, 0>("movlps", none, 0x12),', 'load_row<9, Rest::kept, 0>("movlps", none, 0x12),'):
        "what is not 4 bytes is 8",
    ("cpu/instructions/mmx.cpp", "row.rm = OperandKind::gpr32;", "row.rm = OperandKind::gpr16;"):
        "the form has no operand-size prefix, and its registers are numbered the same",
    ("cpu/instructions/sse4_floating.cpp",
     "for (unsigned i = 0; i < 16 / sizeof(Bits); ++i)", "for (unsigned i = 0; i <= 16 / sizeof(Bits); ++i)"):
        "no bit of `chosen` stands for an element more",
}
