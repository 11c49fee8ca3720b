// The generator of programs.
#include "tests/oracle/generator.hpp"

#include "cpu/decoder.hpp"
#include "tests/oracle/encoder.hpp"
#include "tests/oracle/operand.hpp"
#include "tests/oracle/program_builder.hpp"
#include "tests/oracle/random_state.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace calque::test {
namespace {

constexpr unsigned longest_program = 12;
constexpr std::uint32_t stack_middle = window::stack + window::stack_size / 2;
constexpr std::uint8_t lock_percent = 2, segment_percent = 5, narrow_percent = 25, misaligned_percent = 10,
                       absent_percent = 4;

bool named(const Row& row, std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, std::string_view(row.name)) != names.end();
}
bool is_general(OperandKind kind) {
    return kind == OperandKind::gpr || kind == OperandKind::gpr8 || kind == OperandKind::gpr16 ||
           kind == OperandKind::gpr32;
}
bool written(Access access) { return access == Access::write || access == Access::read_write; }
bool is_relative(const Row& row) {
    return row.cls == InstructionClass::control_transfer && !named(row, {"ret"}) && row.digit < 0;
}
bool is_direct_offset(const Row& row) {
    return row.map == OpcodeMap::one_byte && row.opcode >= 0xa0 && row.opcode <= 0xa3;
}
bool has_explicit_lengths(const Row& row) { return named(row, {"pcmpestri", "pcmpestrm"}); }
bool compares_strings(const Row& row) {
    return has_explicit_lengths(row) || named(row, {"pcmpistri", "pcmpistrm"});
}
bool has_bit_offset(const Row& row) {
    return row.mod == Mod::memory && (row.attributes & attribute::own_address) &&
           named(row, {"bt", "bts", "btr", "btc"});
}

/// A class of values that an operand of the first row's instruction shall have.
struct Aim {
    Operand operand;
    unsigned value_class = 0;
};

/// The aims of a row, in turn.
std::optional<Aim> choose_aim(const Row& row, std::uint64_t turn) {
    std::vector<Aim> aims;
    for (const Operand& operand : read_operands(row))
        for (unsigned number = 0; number < value_classes(operand.element.kind).size(); ++number)
            aims.push_back({operand, number});
    if (aims.empty()) return std::nullopt;
    return aims[turn % aims.size()];
}

/// Chooses what a row leaves open. Registers that an instruction needs as pointers are set by a MOV in front
/// unless they are known.
class Generator {
public:
    Generator(const Target& target, Random& random, Generated& made)
        : target_(target), random_(random), made_(made), program_(made.program, made.state.gpr) {}

    /// The first row's instruction. False: its operand could not be given a value of the class in turn.
    bool add_first(unsigned number, std::uint64_t turn) {
        aim_ = choose_aim(instruction_table()[number], turn);
        unmask(instruction_table()[number]);
        if (compares_strings(instruction_table()[number])) fill_text(random_, made_.state.fpu, made_.memory);
        add(number);
        const bool added = !made_.program.items.empty() && made_.program.items.back().row == number;
        const bool met = added && (!aim_ || hit());
        aim_.reset();
        return met;
    }
    /// Appends the row's instruction and what it needs; mostly not if undefined flags would steer it.
    void add(unsigned number) {
        const Row& row = instruction_table()[number];
        program_.begin_group();
        if (row.flags.read & program_.undefined_flags() && random_.chance(80)) return;
        Encoding encoding;
        choose_prefixes(row, encoding);
        choose_operands(row, encoding);
        prepare_implicit(row, encoding);
        append(number, encoding);
    }
    void finish() { program_.finish(); }

private:
    void add_jump(Item item, Item::Patch patch) {
        program_.push_jump(std::move(item), patch, random_.below(3));
    }
    static Item helper(std::initializer_list<unsigned> opcode, std::uint32_t value) {
        return ProgramBuilder::helper(opcode, value);
    }
    void set_register(unsigned number, std::uint32_t value) { program_.set_register(number, value); }
    void need_stack() {
        if (program_.stack_is_lost()) set_register(esp, stack_middle + random_.below(64) * 4);
        program_.stack_is_set();
    }

    /// Exceptions that are not masked, for instructions that may raise them or wait for them.
    void unmask(const Row& row) {
        std::array<std::uint8_t, 512>& image = made_.state.fpu;
        if ((row.attributes & attribute::sets_mxcsr) && random_.chance(40)) unmask_sse(row);
        if (!(row.attributes & (attribute::x87 | attribute::mmx)) || !random_.chance(25)) return;
        set_x87_masks(image, random_.below(64));
        set_x87_exceptions(image, random_.chance(20) ? random_.below(64) : 0);
    }

    /// Any exceptions; or overflow and underflow, with operands that bring them about.
    void unmask_sse(const Row& row) {
        FpuImage& image = made_.state.fpu;
        if (random_.chance(50)) return set_sse_masks(image, random_.below(64));
        set_sse_masks(image, random_.chance(50) ? 0x27 : random_.chance(50) ? 0x37 : 0x2f);
        const bool doubles = std::string_view(row.name).ends_with('d');
        for (unsigned i = 0; i < 8; ++i) fill_extreme(random_, image, i, doubles);
    }

    // --- Choices ---

    void choose_prefixes(const Row& row, Encoding& encoding) {
        encoding.lock = random_.chance(lock_percent) && !named(row, {"int3"});
        const bool sized = row.mandatory == Mandatory::ignored || row.rm == OperandKind::gpr;
        encoding.operand_size = sized && row.mandatory != Mandatory::none &&
                                (aim_ ? aim_->operand.operand_size == 2 : random_.chance(narrow_percent));
        if (row.cls == InstructionClass::control_transfer)
            encoding.operand_size = false;  // would leave the window
        static constexpr std::array<std::uint8_t, 4> segments{0x26, 0x2e, 0x36, 0x3e};
        // Processors differ on whether ARPL writes what it does not change.
        if (random_.chance(segment_percent) && !named(row, {"arpl"}))
            encoding.segment = random_.any_of(segments);
        if ((row.attributes & attribute::repeatable) && random_.chance(60))
            encoding.repeat = random_.chance(50) ? 0xf3 : 0xf2;
        const bool counts = row.map == OpcodeMap::one_byte && row.opcode >= 0xe0 && row.opcode <= 0xe3;
        encoding.address_size = (counts || named(row, {"lea"})) && random_.chance(narrow_percent);
        for (unsigned i = 0; i < 8; ++i) encoding.immediate.push_back(random_.byte());
        if (random_.chance(50)) encoding.immediate.assign(8, random_.chance(50) ? 0xff : 0);
        if (random_.chance(50)) encoding.immediate[0] = static_cast<std::uint8_t>(random_.integer());
    }

    void choose_operands(const Row& row, Encoding& encoding) {
        unsigned reg =
            row.digit >= 0 ? static_cast<unsigned>(row.digit) : choose_register(row.reg, row.reg_access);
        if (has_bit_offset(row) && reg == esp) reg = eax;
        // Processors differ on PREFETCH with a register, and on whether CVTPI2PS from memory is an MMX
        // instruction.
        bool memory = row.mod == Mod::memory || named(row, {"prefetch", "prefetchw"}) ||
                      (row.mod == Mod::any && wants_memory());
        if (named(row, {"cvtpi2ps"})) memory = false;
        if (is_direct_offset(row)) {
            put_address(encoding, operand_address(row));
        } else if (row.modrm >= 0) {
            encoding.modrm = static_cast<std::uint8_t>(row.modrm);
        } else if (has_modrm(row) && memory) {
            encoding.modrm = static_cast<std::uint8_t>(reg << 3);
            choose_memory(row, encoding);
        } else {
            encoding.modrm =
                static_cast<std::uint8_t>(0xc0 | reg << 3 | choose_register(row.rm, row.rm_access));
        }
    }
    bool wants_memory() {
        if (aim_ && aim_->operand.place == Operand::Place::memory) return true;
        if (aim_ && aim_->operand.place == Operand::Place::rm_register) return false;
        return random_.chance(50);
    }
    /// ESP is seldom written: what needs a stack would have to set it again.
    unsigned choose_register(OperandKind kind, Access access) {
        if (kind == OperandKind::segment) return random_.below(6);
        unsigned number = random_.below(8);
        if (aim_ && is_general(kind) && kind != OperandKind::gpr8 && number == esp) number = edi;
        if (number != esp || kind == OperandKind::gpr8 || !is_general(kind)) return number;
        return written(access) && random_.chance(80) ? unsigned{eax} : number;
    }

    std::uint32_t operand_address(const Row& row) {
        if (!aim_ && random_.chance(absent_percent)) return absent_address();
        std::uint32_t offset = window::data_size / 2 + random_.below(0x400) - 0x200;
        if (random_.chance(30)) offset = window::data_size / 2 - random_.below(20);  // across a page's end
        const bool aligned = row.attributes & attribute::aligned16;
        if (!random_.chance(misaligned_percent)) offset &= aligned ? ~15U : ~0U;
        if (random_.chance(40)) offset &= ~3U;
        return window::data + offset;
    }

    /// Behind the data or across its end, or in front of it: there is no memory.
    std::uint32_t absent_address() {
        const std::uint32_t end = window::data + window::data_size;
        return random_.chance(50) ? end - random_.below(16) : window::data - 16 - (random_.below(64) & ~15U);
    }

    void put_address(Encoding& encoding, std::uint32_t value) {
        for (unsigned i = 0; i < 4; ++i)
            encoding.address.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    }

    /// SDM vol. 2A, tables "32-Bit Addressing Forms" with the ModR/M and SIB bytes.
    void choose_memory(const Row& row, Encoding& encoding) {
        std::uint32_t address = operand_address(row);
        if (encoding.lock) address &= ~7U;
        if (encoding.address_size) return choose_any_memory16(encoding);
        const unsigned form = random_.below(10);
        if (form == 0) {
            encoding.modrm |= 5;
            put_address(encoding, address);
        } else if (form < 3) {
            choose_indexed(encoding, address);
        } else {
            const unsigned base = choose_base(row, encoding);
            encoding.modrm = static_cast<std::uint8_t>(encoding.modrm | base);
            put_displacement(encoding, address - *program_.known(base), base);
        }
    }
    /// LEA only: nothing is accessed.
    void choose_any_memory16(Encoding& encoding) {
        encoding.modrm = static_cast<std::uint8_t>(encoding.modrm | random_.below(3) << 6 | random_.below(8));
        const unsigned mod = encoding.modrm >> 6;
        const unsigned size = mod == 2 || (mod == 0 && (encoding.modrm & 7) == 6) ? 2 : mod;
        for (unsigned i = 0; i < size; ++i) encoding.address.push_back(random_.byte());
    }
    void choose_indexed(Encoding& encoding, std::uint32_t address) {
        static constexpr std::array<unsigned, 6> bases{eax, ecx, edx, ebx, esi, edi};
        const unsigned reg = encoding.modrm >> 3 & 7U, scale = random_.below(4);
        unsigned base = random_.any_of(bases), index = random_.any_of(bases);
        if (base == reg) base = reg == eax ? edx : eax;  // a bit offset there is set afterwards
        if (index == base || index == reg) index = ebp;
        const std::uint32_t count = random_.below(64) - 32;
        set_register(index, count);
        const std::uint32_t displacement =
            random_.chance(50) ? random_.below(256) - 128 : static_cast<std::uint32_t>(random_.next());
        set_register(base, address - (count << scale) - displacement);
        encoding.modrm |= 4;
        encoding.address.push_back(static_cast<std::uint8_t>(scale << 6 | index << 3 | base));
        put_displacement(encoding, displacement, base);
    }
    /// A register whose value is known by then.
    unsigned choose_base(const Row& row, const Encoding& encoding) {
        static constexpr std::array<unsigned, 7> bases{eax, ecx, edx, ebx, ebp, esi, edi};
        unsigned base = random_.any_of(bases);
        if (has_bit_offset(row) && base == (encoding.modrm >> 3 & 7U)) base = base == edi ? esi : edi;
        if (!program_.known(base) || random_.chance(20))
            set_register(base, window::data + window::data_size / 2 + random_.below(128) - 64);
        return base;
    }
    void put_displacement(Encoding& encoding, std::uint32_t displacement, unsigned base) {
        const auto byte = static_cast<std::int8_t>(displacement);
        if (displacement == 0 && base != ebp) return;
        if (static_cast<std::uint32_t>(byte) == displacement && random_.chance(80)) {
            encoding.modrm |= 0x40;
            encoding.address.push_back(static_cast<std::uint8_t>(byte));
        } else {
            encoding.modrm |= 0x80;
            put_address(encoding, displacement);
        }
    }

    // --- Implicit operands ---

    void prepare_implicit(const Row& row, Encoding& encoding) {
        if (row.cls == InstructionClass::string) prepare_string(encoding);
        if (has_bit_offset(row)) set_register(encoding.modrm >> 3 & 7U, random_.below(24000) - 12000);
        if (named(row, {"div", "idiv"}) && random_.chance(70)) prepare_division(row, encoding);
        if (named(row, {"cmpxchg", "cmpxchg8b"}) && random_.chance(50)) prepare_exchange(row, encoding);
        if (has_explicit_lengths(row) && random_.chance(80)) prepare_lengths(encoding);
        if (named(row, {"xlat"})) set_register(ebx, operand_address(row));
        if (named(row, {"maskmovq", "maskmovdqu"})) set_register(edi, operand_address(row));
        if (named(row, {"enter"})) {
            set_register(ebp, stack_middle + random_.below(64) * 4);
            encoding.immediate = {random_.byte(), 0, random_.byte()};
        }
        if (named(row, {"leave"})) set_register(ebp, stack_middle + random_.below(64) * 4);
        const bool pushes = row.reg == OperandKind::segment || named(row, {"call", "ret", "push"});
        if (row.cls == InstructionClass::stack || pushes) need_stack();
        if (named(row, {"ret"})) {
            add_jump(helper({0x68}, 0), Item::Patch::absolute32);
            encoding.immediate = {static_cast<std::uint8_t>(random_.below(16) * 4), 0};
        }
        if (row.cls == InstructionClass::control_transfer && row.digit >= 0) prepare_indirect(encoding);
        if (named(row, {"ldmxcsr"})) program_.push(store_operand(encoding, random_mxcsr()));
    }
    /// A dividend whose upper half is small, or the sign: otherwise most quotients overflow.
    void prepare_division(const Row& row, const Encoding& encoding) {
        const bool in_edx = encoding.modrm >= 0xc0 && (encoding.modrm & 7U) == edx;
        if (row.rm == OperandKind::gpr8) {
            const std::uint32_t value = random_.chance(50) ? random_.below(0x200) : random_.integer();
            if ((encoding.modrm & 3U) != eax || encoding.modrm < 0xc0) set_unless_base(encoding, eax, value);
        } else if (!in_edx) {
            set_unless_base(encoding, edx, random_.chance(70) ? 0U - random_.below(2) : random_.below(64));
        }
    }
    /// Of no more elements than a register has, or a few more; either sign.
    void prepare_lengths(const Encoding& encoding) {
        set_unless_base(encoding, eax, random_.below(40) - 20);
        set_unless_base(encoding, edx, random_.below(40) - 20);
    }
    /// An accumulator that the destination equals.
    void prepare_exchange(const Row& row, Encoding& encoding) {
        if (encoding.modrm >= 0xc0) {
            const unsigned rm = encoding.modrm & 7U;
            if (const auto value = program_.known(row.rm == OperandKind::gpr8 ? rm & 3U : rm))
                set_register(eax, row.rm == OperandKind::gpr8 && rm >= 4 ? *value >> 8 : *value);
            return;
        }
        const std::uint32_t low = random_.integer(), high = random_.integer();
        program_.push(store_operand(encoding, low));
        const std::uint32_t place = direct_offset(encoding);
        if (row.memory_size == 8) program_.push(ProgramBuilder::store(place + 4, high));
        set_register(eax, low);
        if (row.memory_size == 8) set_register(edx, random_.chance(80) ? high : random_.integer());
    }
    static std::uint32_t direct_offset(const Encoding& encoding) {
        std::uint32_t place = 0;
        for (unsigned i = 4; i-- > 0;) place = place << 8 | encoding.address[i];
        return place;
    }
    /// Not a register that the memory operand's address was made with.
    void set_unless_base(const Encoding& encoding, unsigned number, std::uint32_t value) {
        const unsigned rm = encoding.modrm & 7U;
        if (encoding.modrm < 0xc0 && (rm == number || rm == 4)) return;
        set_register(number, value);
    }
    void prepare_string(Encoding& encoding) {
        if (encoding.repeat) set_register(ecx, random_.chance(10) ? 0 : random_.below(40));
        const std::uint32_t source = window::data + window::data_size / 2 + random_.below(64) - 32;
        set_register(esi, source);
        set_register(
            edi, random_.chance(40) ? source + random_.below(17) - 8 : source + 0x400 + random_.below(64));
    }
    /// The target of CALL and JMP through a register or memory.
    void prepare_indirect(Encoding& encoding) {
        if (encoding.modrm >= 0xc0) {
            const unsigned rm = (encoding.modrm & 7U) == esp ? unsigned{eax} : encoding.modrm & 7U;
            encoding.modrm = static_cast<std::uint8_t>((encoding.modrm & ~7U) | rm);
            program_.forget(rm);
            add_jump(helper({0xb8 + rm}, 0), Item::Patch::absolute32);
            return;
        }
        add_jump(store_operand(encoding, 0), Item::Patch::absolute32);
    }
    /// Gives the instruction a direct offset and returns a MOV of `value` to that place.
    Item store_operand(Encoding& encoding, std::uint32_t value) {
        const std::uint32_t place = window::data + window::data_size / 2 + random_.below(64) * 4;
        encoding.modrm = static_cast<std::uint8_t>((encoding.modrm & 0x38) | 5);
        encoding.address.clear();
        put_address(encoding, place);
        return ProgramBuilder::store(place, value);
    }
    /// Mostly valid, and never with bit 17, which some hosts have.
    std::uint32_t random_mxcsr() {
        const auto value = static_cast<std::uint32_t>(random_.next());
        if (random_.chance(10)) return value & ~(1U << 17);
        return (value & 0xffff) | (random_.chance(80) ? 0x1f80 : 0);
    }

    // --- The instruction itself ---

    void append(unsigned number, const Encoding& encoding) {
        const Row& row = instruction_table()[number];
        Item item;
        item.bytes = encode(row, encoding);
        item.row = number;
        Insn insn;
        const unsigned length = decode(item.bytes, target_.mode, *target_.model, insn);
        if (insn.row != number || length > item.bytes.size()) return;
        item.bytes.resize(length);
        if (is_relative(row)) {
            const bool near = row.map == OpcodeMap::map_0f || row.opcode == 0xe8 || row.opcode == 0xe9;
            add_jump(std::move(item), near ? Item::Patch::relative32 : Item::Patch::relative8);
        } else {
            program_.push(std::move(item));
        }
        forget(row, encoding);
    }
    /// Puts a value of the wanted class where the instruction, the last one so far, reads it.
    bool hit() {
        const Item& item = made_.program.items.back();
        Insn insn;
        decode(item.bytes, target_.mode, *target_.model, insn);
        const Row& row = instruction_table()[item.row];
        const Operand& operand = aim_->operand;
        const bool general = operand.place == Operand::Place::reg ? is_general(row.reg) : is_general(row.rm);
        const unsigned number = (operand.place == Operand::Place::reg ? insn.reg : insn.rm) / 8U;
        const bool pointer = number == esp || number == insn.base || number == insn.index;
        const bool in_register = general && operand.place != Operand::Place::memory;
        NativeState before = made_.state;
        made_.program.apply_moves(made_.program.items.size() - 1, before.gpr);
        if (in_register && (pointer || before.gpr[number] != made_.state.gpr[number])) return false;
        std::uint8_t* bytes = claim(operand, row, insn, before, made_.memory);
        if (!bytes) return false;
        const unsigned elements = random_.chance(50) ? 1 : operand.size / operand.element.size;
        for (unsigned i = 0; i < elements; ++i)
            make_value(operand.element, aim_->value_class, random_, bytes + i * operand.element.size);
        made_.state.fpu = before.fpu;
        if (!in_register) return true;
        made_.state.gpr[number] = before.gpr[number];
        if (program_.known(number)) program_.know(number, before.gpr[number]);
        return true;
    }

    /// What the instruction may have changed is no longer known.
    void forget(const Row& row, const Encoding& encoding) {
        const auto lose = [&](unsigned number) {
            program_.forget(number);
            if (number == esp) program_.stack_was_written();
        };
        for (const unsigned number : {eax, ecx, edx}) program_.forget(number);
        const auto lose_operand = [&](OperandKind kind, Access access, unsigned number) {
            if (is_general(kind) && written(access)) lose(kind == OperandKind::gpr8 ? number & 3U : number);
        };
        lose_operand(row.reg, row.reg_access, encoding.modrm >> 3 & 7U);
        if (encoding.modrm >= 0xc0 || (row.attributes & attribute::register_in_opcode))
            lose_operand(row.rm, row.rm_access, encoding.modrm & 7U);
        if (row.cls == InstructionClass::string) lose(esi), lose(edi);
        if (named(row, {"popa"}))
            for (const unsigned number : {ebx, ebp, esi, edi}) lose(number);
        if (named(row, {"enter", "leave"})) lose(ebp);
        program_.forget(esp);
    }

    const Target& target_;
    Random& random_;
    Generated& made_;
    ProgramBuilder program_;
    std::optional<Aim> aim_;
};

std::uint32_t choose_address(Random& random) {
    constexpr std::uint32_t page = 0x1000;
    if (random.chance(60)) return window::code;
    return window::code + (random.chance(70) ? page - random.below(40) : random.below(page));
}

/// False: the first instruction is not as it should be.
bool make(const Target& target, std::uint64_t seed, Random& random, Generated& made) {
    made.state = random_state(random);
    fill(random, made.memory);
    made.program.address = choose_address(random);
    Generator generator(target, random, made);
    const bool met = generator.add_first(target.rows[seed % target.rows.size()], seed / target.rows.size());
    const unsigned more = random.chance(40) ? 0 : random.below(longest_program);
    for (unsigned i = 0; i < more; ++i)
        generator.add(target.rows[random.below(static_cast<std::uint32_t>(target.rows.size()))]);
    generator.finish();
    return met;
}

}  // namespace

Generated generate(const Target& target, std::uint64_t seed) {
    constexpr unsigned most_attempts = 6;
    Random random(seed);
    Generated made;
    for (unsigned i = 0; i < most_attempts && !make(target, seed, random, made); ++i) made.program = {};
    if (made.program.items.empty()) make(target, seed, random, made);
    return made;
}

}  // namespace calque::test
