"""Planted errors: what may be changed in a line of the processor's sources, and which lines are left alone."""

import re

OPERATORS = {
    "+": ["-"], "-": ["+"], "&": ["|"], "|": ["&"], "^": ["|"], "<<": [">>"], ">>": ["<<"],
    "==": ["!="], "!=": ["=="], "<": ["<=", ">"], ">": [">=", "<"], "<=": ["<"], ">=": [">"],
    "&&": ["||"], "||": ["&&"], "+=": ["-="], "-=": ["+="], "|=": ["&="], "&=": ["|="],
}
# Names that may stand for each other: a wrong flag, register, size, access, prefix or host instruction.
FAMILIES = [
    ["flag::cf", "flag::pf", "flag::af", "flag::zf", "flag::sf", "flag::of"],
    ["eax", "ecx", "edx", "ebx", "esi", "edi", "ebp"],
    ["std::uint8_t", "std::uint16_t", "std::uint32_t"],
    ["std::int8_t", "std::int16_t", "std::int32_t"],
    ["gpr8", "gpr16", "gpr32"],
    ["p66", "pf3", "pf2"],
    ["true", "false"],
    ["lea", "mov"], ["movzx", "movsx"], ["inc", "dec"], ["shl", "shr", "sar"], ["adc", "sbb"],
    ["jz", "jnz"], ["je", "jne"], ["jb", "jae"], ["rol", "ror"], ["rcl", "rcr"],
    ["mul", "imul_wide"], ["div", "idiv"], ["bsf", "bsr"],
    ["packed_single", "packed_double", "scalar_single", "scalar_double"],
    ["invalid", "denormal", "divide_by_zero", "overflow", "underflow", "precision"],
]
RELATIVES = {name: [other for other in family if other != name] for family in FAMILIES for name in family}
# These are all flat, so only another one is an error.
RELATIVES |= {name: ["seg_gs"] for name in ("seg_es", "seg_ss", "seg_ds")}

TOKEN = re.compile(
    r"(?P<string>\"(?:[^\"\\]|\\.)*\")|(?P<comment>//.*)"
    r"|(?P<number>\b0x[0-9a-fA-F']+(?:ULL|U)?\b|\b\d[\d']*(?:ULL|U)?\b)"
    r"|(?P<name>\b(?:flag::|std::)?[A-Za-z_]\w*\b)"
    r"|(?P<operator> (?:<<|>>|==|!=|<=|>=|&&|\|\||[-+|&]=|[-+&|^<>]) )"
    r"|(?P<condition>\bif \((?!constexpr))")

# By rule no planted error: nothing in these lines can change what user code in flat segments computes.
LEFT_ALONE = [
    (re.compile(r"^\s*(#|//|using namespace |using enum |namespace |template |static_assert)"), "no code"),
    (re.compile(r"^\s*(struct|class) [^(]*[{;]$"), "no code"),
    (re.compile(r"\bconstexpr Row \w+\(|std::array<Row,|rows?\.size\(\)"), "a builder's signature, a table's size"),
    (re.compile(r"\.features\b|_feature\b|\? feature::"), "which models have an instruction, not what it does"),
    (re.compile(r"\bundefined_by"), "names flags that the manual leaves undefined: nothing is a wrong result"),
    (re.compile(r"count < 2"), "speed: the shortest run that takes the fast path"),
    (re.compile(r"fx_area|fxsave|fxrstor|fnsave|fnstenv|store_image"), "rows that the oracle leaves out, with reasons"),
    (re.compile(r"\bselector\b"), "selectors of x87 pointers: only those rows show them"),
    (re.compile(r"image_alignment|alignment_check"), "alignment checks: the oracle leaves EFLAGS.AC clear"),
    (re.compile(r"stop_requested|budget|breakpoint"), "when events are taken: user code sees none"),
    (re.compile(r"stack32|cs_limit|cs\(\)\.limit|within_limit"), "16-bit stacks and CS's limit: not flat user mode"),
    (re.compile(r"address_mask == 0xffff|guest16\(ecx\)|0x1'0000"),
     "16-bit addresses and counts of strings: flat user mode has nothing below 64 KiB"),
    (re.compile(r"interrupt_line|nmi_pending|emit_zero_count_if|flag::interrupt|a shift by 32"), "CLI and STI"),
    (re.compile(r"cr0|cr4|\bcpl\b|iopl|VM|\bvm\b|real_mode|protected_mode|ferr|no_x87|no_sse|task_switched"),
     "system state: not user mode"),
]
# A move between a register and the memory operand that was made out.
WIDTH_BESIDE_REGISTER = re.compile(r"\.mov\(.*, e\.operand\(\d\)\)|\.mov\(e\.operand\(\d\), a\.")
ARRAY_SIZE = re.compile(r"std::array<[\w:<> ]+, \d+$")
MEMORY_SIZE = re.compile(r"memory_size = \d+$")  # more of it only gives an address window up earlier


def number_variants(text):
    digits = text.replace("'", "")
    suffix = re.search(r"(ULL|U)?$", digits).group()
    value = int(digits[: len(digits) - len(suffix)], 0)
    form = "0x{:x}" if digits.startswith("0x") else "{}"
    others = {value + 1, value - 1 if value else 2}
    if value > 1:
        others.add(value ^ (1 << (value.bit_length() - 1)) | 1 << value.bit_length())
    return [form.format(other) + suffix for other in sorted(others)]


def variants(match):
    """Replacements for a token."""
    text = match.group()
    if match.lastgroup == "number":
        return number_variants(text)
    if match.lastgroup == "name":
        return RELATIVES.get(text, [])
    if match.lastgroup == "operator":
        return [f" {other} " for other in OPERATORS.get(text.strip(), [])]
    if match.lastgroup == "condition":
        return ["if (!", ]
    return []


def why_left_alone(line):
    return next((reason for pattern, reason in LEFT_ALONE if pattern.search(line)), None)


def negate(line, match):
    """`if (x)` with its condition negated; the condition must end on the line."""
    depth, start = 0, match.end() - 1
    for at in range(start, len(line)):
        depth += {"(": 1, ")": -1}.get(line[at], 0)
        if depth == 0:
            inner = line[start + 1 : at]
            return None if ";" in inner or " = " in inner else line[:start] + f"(!({inner}))" + line[at + 1 :]
    return None


def mutants_of_line(line):
    """All ways to plant an error in a line: changed lines."""
    changed = []
    for match in TOKEN.finditer(line):
        if re.search(r"\.(read|written) = $", line[: match.start()]):
            continue  # a mask of no flag at all: another bit is no flag either, and one more is a faithful "may"
        if ".undefined = " in line[: match.start()]:
            continue  # a flag that the manual leaves undefined has no wrong value
        if match.group().startswith("std::") and not line[: match.start()].endswith("<"):
            continue  # a declaration: how wide the variable is says nothing, as long as the value fits
        if WIDTH_BESIDE_REGISTER.search(line) and line[: match.start()].endswith("operand("):
            continue  # the register says how wide the access is
        more_is_the_same = ARRAY_SIZE.search(line[: match.end()]) or MEMORY_SIZE.search(line[: match.end()])
        for other in variants(match):
            if more_is_the_same and int(other, 0) > int(match.group(), 0):
                continue
            if match.lastgroup == "condition":
                negated = negate(line, match)
                changed += [negated] if negated else []
            else:
                changed.append(line[: match.start()] + other + line[match.end() :])
    return changed


def mutants_of(text):
    """(line number, changed line) for each, and how many lines were left alone by which rule."""
    found, left_alone = [], {}
    for number, line in enumerate(text.splitlines()):
        if reason := why_left_alone(line):
            left_alone[reason] = left_alone.get(reason, 0) + 1
            continue
        found += [(number, changed) for changed in mutants_of_line(line)]
    return found, left_alone
