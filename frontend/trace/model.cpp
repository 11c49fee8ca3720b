// The rules of prediction.
#include "frontend/trace/model.hpp"

#include "frontend/trace/condition.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace calque::trace {
namespace {

constexpr std::uint64_t word = 0xffff'ffff;  // 32-bit guests: a wider result is merely predicted wrongly

constexpr std::uint64_t low_bytes(std::uint64_t value, unsigned count) {
    return count >= 8 ? value : value & ((1ULL << 8 * count) - 1);
}

constexpr std::uint64_t sign_extend(std::uint64_t value, unsigned bytes) {
    if (bytes == 0 || bytes >= 4) return value & word;
    const std::uint64_t sign = 1ULL << (8 * bytes - 1);
    return ((low_bytes(value, bytes) ^ sign) - sign) & word;
}

/// What an instruction that writes a part of a register leaves of the rest.
std::uint64_t merge(std::uint64_t old, std::uint64_t value, unsigned part) {
    switch (part) {
        case 1: return (old & ~0xffffULL) | (value & 0xffff);
        case 2: return (old & ~0xffULL) | (value & 0xff);
        case 3: return (old & ~0xff00ULL) | (value & 0xff) << 8;
        default: return value & word;
    }
}

constexpr bool even_parity(std::uint64_t byte) { return 0x9669U >> ((byte ^ byte >> 4) & 0xf) & 1U; }

/// Of SUB, ADD, AND, OR, XOR, by number. `carries` are those into each bit.
std::uint32_t operation_flags(unsigned width, unsigned operation, std::uint64_t left, std::uint64_t right) {
    const unsigned bits = width == 1 ? 8 : width == 2 ? 16 : 32;
    const std::uint64_t mask = (1ULL << bits) - 1, a = left & mask, b = right & mask;
    std::uint64_t result, carries = 0;
    switch (operation) {
        case 0: result = a - b, carries = a ^ b ^ result; break;
        case 1: result = a + b, carries = a ^ b ^ result; break;
        case 2: result = a & b; break;
        case 3: result = a | b; break;
        default: result = a ^ b; break;
    }
    const std::uint64_t carry = carries >> bits & 1, overflow = carry ^ (carries >> (bits - 1) & 1);
    const std::uint64_t sign = result >> (bits - 1) & 1, zero = (result & mask) == 0;
    return static_cast<std::uint32_t>(carry | std::uint64_t{even_parity(result & 0xff)} << 2 |
                                      (carries & flag::af) | zero << 6 | sign << 7 | overflow << 11);
}

}  // namespace

std::uint8_t form_of(const Access& access) {
    return static_cast<std::uint8_t>(access.size | access.write << 5 | access.port << 6 | access.system << 7);
}

bool set_form(Access& access, std::uint8_t form) {
    access.size = form & 0x1f;
    access.write = form >> 5 & 1;
    access.port = form >> 6 & 1;
    access.system = form >> 7 & 1;
    return access.size >= 1 && access.size <= 16;
}

Model::Model()
    : values_(cached_values),
      pages_(remembered_pages),
      table_(most_instructions),
      known_(std::make_unique<Known[]>(most_instructions / 2)) {}

void Model::reset(const Registers& at_start) {
    registers = at_start;
    accesses = {};
    std::ranges::fill(values_, CachedValue{});
    std::ranges::fill(pages_, PageEntry{});
    std::ranges::fill(table_, 0);
    std::ranges::fill(deliveries_, Known{});
    attempt_ = {};
    attempt_.rip_rule = 4;
    count_ = 0;
    last_ = nullptr;
}

// --- Instructions

namespace {

std::size_t place_of(std::uint64_t linear) {
    return (linear * 0x9e37'79b9'7f4a'7c15ULL >> 40) % Model::most_instructions;
}

}  // namespace

Known* Model::look_up(std::uint64_t linear) {
    for (std::size_t at = place_of(linear); table_[at]; at = (at + 1) % most_instructions)
        if (known_[table_[at] - 1].code.linear == linear) return &known_[table_[at] - 1];
    return nullptr;
}

Known* Model::define(const Code& code) {
    Known* known = find(code.linear);
    if (!known) {
        if (full()) return nullptr;
        std::size_t at = place_of(code.linear);
        while (table_[at]) at = (at + 1) % most_instructions;
        known = &known_[count_];
        table_[at] = ++count_;
    }
    *known = {};
    known->code = code;
    if (code.relative) known->rip_rule = code.condition == Code::no_condition ? 1 : 5;
    return known;
}

std::uint64_t Model::likely_physical() const {
    const std::uint64_t here = linear();
    if (last_ && (last_->code.linear ^ here) >> 12 == 0)
        return (last_->code.physical & ~0xfffULL) | (here & 0xfff);
    const PageEntry& entry = pages_[(here >> 12) % remembered_pages];
    return entry.linear == here >> 12 ? entry.physical << 12 | (here & 0xfff) : here;
}

// --- Operands

/// A general register, or a part of it, by its byte offset.
std::uint64_t Model::register_part(std::uint8_t offset, unsigned width) const {
    const std::uint64_t whole = registers[offset / 8U & 15U];
    return low_bytes(whole >> 8 * (offset % 8U), width);
}

std::uint64_t Model::effective_offset(const Known& known) const {
    const Code& code = known.code;
    const std::uint64_t base = code.base < 16 ? registers[code.base] : 0;
    const std::uint64_t index = code.index < 16 ? registers[code.index] << (code.scale & 3U) : 0;
    return (base + index + code.displacement) & (code.wide_address ? word : 0xffff);
}

const Access* Model::loaded() const {
    for (const Access& access : accesses)
        if (!access.write) return &access;
    return nullptr;
}

/// The operand that is not register `number`.
std::uint64_t Model::operand(const Known& known, unsigned number) const {
    if (const Access* access = loaded()) return access->value[0];
    const std::uint8_t other = known.code.rm / 8U == number ? known.code.reg : known.code.rm;
    return register_part(other, 8);
}

// --- Predictions

std::uint64_t Model::address(std::uint8_t rule, const Known& known, unsigned number, unsigned size) const {
    const auto base = [&](unsigned name) { return registers[segment_register(name, part_base)]; };
    const bool big = registers[segment_register(seg_ss, part_attributes)] & segment_attribute::big;
    const std::uint64_t mask = known.code.wide_address ? word : 0xffff, stack_mask = big ? word : 0xffff;
    const Access* before = number ? &accesses[number - 1] : nullptr;
    const Course course = number < remembered_accesses ? known.accesses[number].address : Course{};
    switch (rule) {
        case 0: return (base(known.code.segment & 7U) + effective_offset(known)) & word;
        case 1: return (base(seg_ss) + (registers[esp] & stack_mask)) & word;
        case 2: return (base(seg_ss) + ((registers[esp] - size) & stack_mask)) & word;
        case 3: return (course.last + course.stride) & word;
        case 4: return before ? (before->address + before->size) & word : 0;
        case 5: return before ? (before->address - size) & word : 0;
        case 6: return (base(seg_es) + (registers[edi] & mask)) & word;
        case 7: return before ? before->address : 0;
        case 8: return (base(known.code.segment & 7U) + (registers[esi] & mask)) & word;
        case 9: return course.last;
        default: return (base(seg_ss) + (registers[ebp] & stack_mask)) & word;
    }
}

std::uint64_t Model::value(std::uint8_t rule, const Known& known, unsigned number,
                           const Access& access) const {
    const Code& code = known.code;
    const Course course = number < remembered_accesses ? known.accesses[number].value : Course{};
    const std::uint64_t before = number ? accesses[number - 1].value[0] : 0;
    const std::uint64_t reg = register_part(code.reg, 8), immediate = code.immediate;
    const auto predicted = [&]() -> std::uint64_t {
        switch (rule) {
            case 0: {
                const CachedValue& found = values_[place_of_value(access.address)];
                return found.key == key(access) ? found.value : 0;
            }
            case 1: return course.last;
            case 2: return course.last + course.stride;
            case 3: return reg;
            case 4: return register_part(code.rm, 8);
            case 5: return registers[rip] + code.length;
            case 6: return before;
            case 7: return immediate;
            case 8: return before + immediate;
            case 9: return before - immediate;
            case 10: return registers[eax];
            case 11: return registers[rflags];
            case 12: return before + 1;
            case 13: return before - 1;
            case 14: return before & immediate;
            case 15: return before | immediate;
            case 16: return before + reg;
            case 17: return before - reg;
            case 18: return before & reg;
            case 19: return before | reg;
            default: return before ^ reg;
        }
    };
    return low_bytes(predicted(), access.size);
}

std::uint64_t Model::gpr(std::uint8_t rule, const Known& known, unsigned number) const {
    const std::uint64_t old = registers[number], immediate = known.code.immediate;
    const unsigned part = rule >> 5 & 3U;
    const std::uint64_t whole = part == 3 ? old >> 8 : old;
    const Course& course = this->course(known, number);
    const std::uint8_t other = known.code.rm / 8U == number ? known.code.reg : known.code.rm;
    const auto second = [&] { return accesses.size() > 1 ? accesses[1].value[0] : 0; };
    const auto predicted = [&]() -> std::uint64_t {
        switch (rule & 0x1f) {
            case 0: return course.last;
            case 1: return course.last + course.stride;
            case 2: return loaded() ? loaded()->value[0] : 0;
            case 3: return loaded() ? sign_extend(loaded()->value[0], loaded()->size) : 0;
            case 4: return effective_offset(known);
            case 5: return register_part(other, 8);
            case 6: return immediate;
            case 7: return whole + operand(known, number);
            case 8: return whole - operand(known, number);
            case 9: return whole & operand(known, number);
            case 10: return whole | operand(known, number);
            case 11: return whole ^ operand(known, number);
            case 12: return whole + immediate;
            case 13: return whole - immediate;
            case 14: return whole & immediate;
            case 15: return whole | immediate;
            case 16: return whole ^ immediate;
            case 17: return whole << (immediate & 31);
            case 18: return (whole & word) >> (immediate & 31);
            case 19:
                return static_cast<std::uint64_t>(
                    static_cast<std::int64_t>(static_cast<std::int32_t>(whole & word)) >> (immediate & 31));
            case 20: return 0 - whole;
            case 21: return ~whole;
            case 22: return whole + 1;
            case 23: return whole - 1;
            case 24: return whole + known.code.width;
            case 25: return whole - known.code.width;
            case 26: return register_part(other, 1);
            case 27: return register_part(other, 2);
            case 28: return sign_extend(register_part(other, 1), 1);
            case 29: return sign_extend(register_part(other, 2), 2);
            case 30: return registers[ebp] + known.code.width;
            default: return second();
        }
    };
    const std::uint64_t value = predicted();
    // A course is that of whole registers.
    return (rule & 0x1f) < 2 ? value & word : merge(old, value, part);
}

std::uint32_t Model::flags_by(std::uint8_t rule, const Known& known) const {
    const std::uint32_t old = status_flags();
    if (rule == 1) return known.last_flags;
    const Code& code = known.code;
    const Access* access = loaded();
    const std::uint64_t rm = access ? access->value[0] : register_part(code.rm, 8);
    const std::uint64_t reg = register_part(code.reg, 8);
    if (rule < 22) {
        const unsigned operation = (rule - 2U) / 4, pair = (rule - 2U) % 4;
        const std::uint64_t left = pair == 1 ? reg : pair == 3 ? registers[eax] : rm;
        const std::uint64_t right = pair == 0 ? reg : pair == 1 ? rm : std::uint64_t{code.immediate};
        return operation_flags(code.width, operation, left, right);
    }
    if (rule == 22) return (operation_flags(code.width, 1, rm, 1) & ~flag::cf) | (old & flag::cf);
    if (rule == 23) return (operation_flags(code.width, 0, rm, 1) & ~flag::cf) | (old & flag::cf);
    if (rule == 24) return operation_flags(code.width, 0, 0, rm);
    const auto first = static_cast<unsigned>(std::countr_zero(known.written | 0x100U)) & 7U;
    return operation_flags(code.width, 3, after[first], 0);
}

std::uint64_t Model::next_rip_by(std::uint8_t rule, const Known& known) const {
    const Code& code = known.code;
    const std::uint64_t here = registers[rip], next = behind(code);
    const std::uint64_t target = (next + code.immediate) & (code.width == 2 ? 0xffff : word);
    switch (rule) {
        case 1: return target;
        case 2: return loaded() ? loaded()->value[0] & word : 0;
        case 3: return known.last_rip;
        case 4: return here;
        case 5:
            return condition_holds(code.condition, static_cast<std::uint32_t>(registers[rflags])) ? target
                                                                                                  : next;
        case 6: return register_part(code.rm, code.width);
        default: return (after[ecx] & (code.wide_address ? word : 0xffff)) == 0 ? next : here;
    }
}

// --- What is learned

void Model::note_access(Known& known, unsigned number, const Access& access) {
    CachedValue& found = values_[place_of_value(access.address)];
    found.key = key(access);
    found.value = access.value[0];
    if (number >= remembered_accesses) return;
    known.accesses[number].address.note(access.address);
    known.accesses[number].value.note(access.value[0]);
}

void Model::locate(Access& access) {
    const PageEntry& entry = page(access.address >> 12);
    access.physical = entry.physical << 12 | (access.address & 0xfff);
    access.io = entry.io;
}

}  // namespace calque::trace
