// The generator of programs.
#include "tests/oracle/generator.hpp"

#include "cpu/decoder.hpp"
#include "tests/oracle/aim.hpp"
#include "tests/oracle/implicit_operands.hpp"
#include "tests/oracle/random_state.hpp"
#include "tests/oracle/row_traits.hpp"

#include <algorithm>

namespace calque::test {
namespace {

constexpr unsigned longest_program = 12;
constexpr unsigned lock_percent = 2, segment_percent = 8, narrow_percent = 25, short_address_percent = 6,
                   useless_prefix_percent = 2, stack_operand_percent = 8;

/// Chooses what a row leaves open.
class Generator {
public:
    Generator(const Target& target, Random& random, Generated& made)
        : target_(target), random_(random), made_(made), program_(made.program, made.state.gpr) {}

    /// The first row's instruction. False: its operand could not be given a value of the class in turn.
    bool add_first(unsigned number, std::uint64_t turn) {
        aim_ = choose_aim(instruction_table()[number], turn, target_.has_gs);
        unmask(instruction_table()[number]);
        if (compares_strings(instruction_table()[number])) fill_text(random_, made_.state.fpu, made_.memory);
        add(number);
        const bool added = !made_.program.items.empty() && made_.program.items.back().row == number;
        const bool met = added && (!aims_at_value() || hit());
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
        choose_immediate(encoding);
        choose_operands(row, encoding);
        implicit_.prepare(row, encoding);
        append(number, encoding);
    }
    void finish() { program_.finish(); }

private:
    bool aims_at_value() const { return aim_ && aim_->border == Border::none; }
    bool aims_at_border() const { return aim_ && aim_->border != Border::none; }

    /// Exceptions that are not masked, for instructions that may raise them or wait for them.
    void unmask(const Row& row) {
        FpuImage& image = made_.state.fpu;
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
        const std::string_view name = row.name;
        const Extremes extremes = named(row, {"cvtpd2ps", "cvtsd2ss"}) ? Extremes::of_single_in_double
                                  : name.ends_with('d')                ? Extremes::of_double
                                                                       : Extremes::of_single;
        for (unsigned i = 0; i < 8; ++i) fill_extreme(random_, image, i, extremes);
    }

    void choose_prefixes(const Row& row, Encoding& encoding) {
        encoding.lock = random_.chance(lock_percent) && !named(row, {"int3"});
        const bool sized = row.mandatory == Mandatory::ignored || row.rm == OperandKind::gpr;
        encoding.operand_size =
            sized && row.mandatory != Mandatory::none &&
            (aims_at_value() ? aim_->operand.operand_size == 2 : random_.chance(narrow_percent));
        // Control then leaves the window, for the first 64 KiB, where there is no memory.
        if (row.cls == InstructionClass::control_transfer && random_.chance(60))
            encoding.operand_size = false;
        choose_segment(row, encoding);
        // On some processors F2 and F3 decide which way LOOPcc looks at ZF.
        const bool other = row.mandatory == Mandatory::ignored && row.map == OpcodeMap::one_byte &&
                           !has_counter(row) && random_.chance(useless_prefix_percent);
        if ((row.cls == InstructionClass::string && random_.chance(60)) || other)
            encoding.repeat = random_.chance(50) ? 0xf3 : 0xf2;
        const bool free = has_counter(row) || named(row, {"lea"});
        if (!aim_) encoding.address_size = random_.chance(free ? narrow_percent : short_address_percent);
        // The rest of the first 64 KiB holds no data: without GS the instruction only faults.
        if (encoding.address_size && target_.has_gs && random_.chance(70)) encoding.segment = gs_prefix;
    }
    void choose_segment(const Row& row, Encoding& encoding) {
        static constexpr std::array<std::uint8_t, 6> segments{0x26, 0x2e, 0x36, 0x3e, fs_prefix, gs_prefix};
        // Processors differ on whether ARPL writes what it does not change.
        if (aims_at_border()) {
            const bool of_limit = aim_->border == Border::fits_limit || aim_->border == Border::leaves_limit;
            encoding.segment = of_limit ? gs_prefix : std::uint8_t{0};
            return;
        }
        if (!random_.chance(segment_percent) || named(row, {"arpl"})) return;
        encoding.segment = segments[random_.below(target_.has_gs ? 6 : 5)];
        if (aim_ && encoding.segment == fs_prefix) encoding.segment = 0;  // FS is null: only faults
    }
    void choose_immediate(Encoding& encoding) {
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
            addressing_.choose_direct(encoding, operand_address(row, encoding));
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
    std::uint32_t operand_address(const Row& row, const Encoding& encoding) {
        if (aims_at_border()) return addressing_.address_at(aim_->border, row, encoding);
        const bool sure = aim_ || (encoding.segment == gs_prefix && stores_in_parts(row));
        const std::uint32_t address = addressing_.operand_address(row, encoding, sure);
        return encoding.lock ? address & ~7U : address;
    }
    void choose_memory(const Row& row, Encoding& encoding) {
        const bool may_be_stack = !aim_ && !encoding.address_size && !encoding.segment && !encoding.lock;
        const unsigned percent =
            row.cls == InstructionClass::stack ? 5 * stack_operand_percent : stack_operand_percent;
        if (may_be_stack && random_.chance(percent))
            addressing_.choose_on_stack(encoding);
        else
            addressing_.choose(row, encoding, operand_address(row, encoding));
    }
    bool wants_memory() {
        if (aims_at_border() || (aim_ && aim_->operand.place == Operand::Place::memory)) return true;
        if (aim_ && aim_->operand.place == Operand::Place::rm_register) return false;
        return random_.chance(50);
    }
    /// ESP is seldom written: what needs a stack would have to set it again.
    unsigned choose_register(OperandKind kind, Access access) {
        if (kind == OperandKind::segment) return random_.below(6);
        unsigned number = random_.below(8);
        if (aim_ && is_general(kind) && kind != OperandKind::gpr8 && number == esp) number = edi;
        if (number != esp || kind == OperandKind::gpr8 || !is_general(kind)) return number;
        return is_written(access) && random_.chance(80) ? unsigned{eax} : number;
    }

    void append(unsigned number, const Encoding& encoding) {
        const Row& row = instruction_table()[number];
        Item item;
        item.bytes = encode(row, encoding);
        item.row = number;
        Insn insn;
        const unsigned length = decode(item.bytes, target_.mode, *target_.model, insn);
        if (insn.row != number || length > item.bytes.size()) return;
        item.bytes.resize(length);
        if (is_relative(row) && !encoding.operand_size) {
            const bool near = row.map == OpcodeMap::map_0f || row.opcode == 0xe8 || row.opcode == 0xe9;
            program_.push_jump(std::move(item), near ? Item::Patch::relative32 : Item::Patch::relative8,
                               random_.below(3));
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
            if (is_general(kind) && is_written(access))
                lose(kind == OperandKind::gpr8 ? number & 3U : number);
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
    Addressing addressing_{random_, program_};
    ImplicitOperands implicit_{random_, made_, program_, addressing_};
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
