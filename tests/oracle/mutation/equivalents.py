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
    ("cpu/instructions/arithmetic.cpp",
     "const std::uint32_t flags = StatusFlags::of_result(static_cast<std::uint8_t>(result & 0xf)).pack();",
     "const std::uint32_t flags = StatusFlags::of_result(static_cast<std::uint8_t>(result | 0xf)).pack();"):
        "flags that AAA and AAS leave undefined",
    ("cpu/instructions/sse3.cpp",
     'in_sse3(unaligned(with_mod(writes_reg(sse_row<lddqu>("lddqu", pf2, 0xf0, 16)), Mod::memory))),',
     'in_sse3(unaligned(with_mod(writes_reg(sse_row<lddqu>("lddqu", pf2, 0xf0, 17)), Mod::memory))),'):
        "a wider reach of an address window only gives it up earlier",
    ("cpu/instructions/sse_control.cpp",
     "row.attributes = attribute::x87 | attribute::x87_control | attribute::own_address | attribute::ends_block;",
     "row.attributes = attribute::x87 | attribute::x87_control & attribute::own_address | attribute::ends_block;"):
        "FXSAVE and FXRSTOR, which the oracle leaves out with reasons",
    ("cpu/instructions/sse_control.cpp",
     "row.attributes = attribute::x87 | attribute::x87_control | attribute::own_address | attribute::ends_block;",
     "row.attributes = attribute::x87 & attribute::x87_control | attribute::own_address | attribute::ends_block;"):
        "FXSAVE and FXRSTOR, which the oracle leaves out with reasons",
    ("cpu/instructions/sse_range.cpp",
     "host_x87::set_control(static_cast<std::uint16_t>(rounding << 10 | (single ? 0x07f : 0x27f)));",
     "host_x87::set_control(static_cast<std::uint16_t>(rounding << 10 | (single ? 0xbf : 0x27f)));"):
        "bits 6 and 7 of the control word are reserved",
    ("cpu/instructions/random_number.cpp",
     "digit_row(name, 0xc7, digit, OperandKind::gpr,", "digit_row(name, 0xc6, digit, OperandKind::gpr,"):
        "RDRAND and RDSEED, which nobody can predict",
    ("translator/emit_string.cpp",
     "if (!emit_movs(e, size)) return false;", "if (!emit_movs(e, size)) return true;"):
        "the places cannot be made out under alignment checks only, which user code does not have here",
    ("translator/emit_control_transfer.cpp",
     "if (!any_target_allowed(e) || !emit_indirect_target(e, e.a.address().r32())) return false;",
     "if (!any_target_allowed(e) || !emit_indirect_target(e, e.a.address().r32())) return true;"):
        "CS is flat, and there are no alignment checks",
    ("cpu/instructions/x87_control.cpp", "row.memory_size = 0;", "row.memory_size = 1;"):
        "of forms with an address of their own nobody asks for the size",
    ("cpu/instructions/data_transfer.cpp",
     "cpu.state.status = StatusFlags::unpack(others | (found == expected ? flag::zf : 0));",
     "cpu.state.status = StatusFlags::unpack(others | (found == expected ? flag::zf : 2));"):
        "bit 1 of EFLAGS is always one",
    ("cpu/instructions/ssse3.cpp",
     "std::array<std::uint8_t, 3 * size> all{};", "std::array<std::uint32_t, 3 * size> all{};"):
        "elements wider than what they hold",
}
