// Memory operands (SDM vol. 2A, "Addressing-Mode Encoding of ModR/M and SIB Bytes").
#include "tests/oracle/addressing.hpp"

#include "cpu/state.hpp"
#include "tests/oracle/row_traits.hpp"
#include "tests/oracle/state.hpp"

#include <array>

namespace calque::test {
namespace {

constexpr std::uint32_t stack_middle = window::stack + window::stack_size / 2;
constexpr std::uint32_t page = 0x1000;
constexpr unsigned border_percent = 15, misaligned_percent = 10;

/// Bytes of the memory operand, at most.
std::uint32_t operand_size(const Row& row, const Encoding& encoding) {
    if (row.memory_size) return row.memory_size;
    switch (row.rm) {
        case OperandKind::gpr8: return 1;
        case OperandKind::gpr16: return 2;
        case OperandKind::mm: return 8;
        case OperandKind::xmm: return 16;
        default: return encoding.operand_size ? 2 : 4;
    }
}

std::uint32_t data_address(Random& random) {
    constexpr std::uint32_t middle = window::data_size / 2;
    if (random.chance(30)) return window::data + middle - random.below(20);  // across a page's end
    return window::data + middle + random.below(0x400) - 0x200;
}

}  // namespace

std::uint32_t random_stack_place(Random& random) {
    std::uint32_t place = stack_middle + random.below(64) * 4;
    if (random.chance(30)) {
        static constexpr std::array<std::uint32_t, 3> borders{window::stack, window::stack + page,
                                                              window::stack + window::stack_size};
        place = random.any_of(borders) + random.below(40) * 4 - 80;
    }
    return random.chance(90) ? place : place + random.below(4);
}

std::uint32_t random_border(Random& random) {
    constexpr std::uint32_t end = window::fixed + window::fixed_size;
    static constexpr std::array<std::uint32_t, 4> borders{window::data, window::fixed, end, end};
    return random.any_of(borders);
}

std::uint32_t segment_base(std::uint8_t override_prefix) {
    return override_prefix == gs_prefix ? window::gs_base : 0;
}

std::uint32_t Addressing::operand_address(const Row& row, const Encoding& encoding, bool sure) {
    const bool aligned = row.attributes & attribute::aligned16;
    if (!sure && random_.chance(border_percent)) return near_border(row, encoding);
    std::uint32_t address = data_address(random_);
    if (!random_.chance(misaligned_percent)) address &= aligned ? ~15U : ~0U;
    return random_.chance(40) ? address & ~3U : address;
}

std::uint32_t Addressing::address_at(Border border, const Row& row, const Encoding& encoding) {
    constexpr std::uint32_t memory_end = window::fixed + window::fixed_size, writable_end = window::fixed,
                            limit_end = window::gs_base + window::gs_limit + 1;
    const std::uint32_t size = operand_size(row, encoding);
    switch (border) {
        case Border::fits_memory: return memory_end - size;
        case Border::leaves_memory: return memory_end - size + 1;
        case Border::fits_writable: return writable_end - size;
        case Border::leaves_writable: return writable_end - size + 1;
        case Border::read_only: return window::fixed + random_.below(16) * 16;
        case Border::begins_before_memory: return window::data - 1;
        case Border::crosses_page: return window::data + window::data_size / 2 - 1;
        case Border::fits_limit: return limit_end - size;
        case Border::leaves_limit: return limit_end - size + 1;
        case Border::none: break;
    }
    return window::data;
}

/// At a border that the segment allows, or anywhere near one.
std::uint32_t Addressing::near_border(const Row& row, const Encoding& encoding) {
    if (random_.chance(40))
        return random_border(random_) - (random_.chance(50) ? random_.below(32) : random_.below(8) * 16);
    const unsigned count = encoding.segment == gs_prefix ? border_count : border_count - 2;
    return address_at(static_cast<Border>(1 + random_.below(count)), row, encoding);
}

void Addressing::choose(const Row& row, Encoding& encoding, std::uint32_t address) {
    const std::uint32_t offset = address - segment_base(encoding.segment);
    if (encoding.address_size)
        choose_16(encoding, static_cast<std::uint16_t>(offset));
    else
        choose_32(row, encoding, offset);
}

void Addressing::choose_direct(Encoding& encoding, std::uint32_t address) {
    put(encoding, address - segment_base(encoding.segment), encoding.address_size ? 2 : 4);
}

void Addressing::choose_on_stack(Encoding& encoding) {
    if (!program_.known(esp) || random_.chance(20)) {
        program_.set_register(esp, random_stack_place(random_));
        program_.stack_is_set();
    }
    encoding.modrm |= 4;
    encoding.address.push_back(static_cast<std::uint8_t>(random_.below(4) << 6 | 4 << 3 | esp));
    put_displacement(encoding, (random_.below(32) - 16) * 4 + (random_.chance(10) ? 1 : 0), esp);
}

void Addressing::set_pointer(const Encoding& encoding, unsigned number, std::uint32_t address) {
    const std::uint32_t offset = address - segment_base(encoding.segment);
    const std::uint32_t above = encoding.address_size ? random_.below(0x10000) << 16 : 0;
    program_.set_register(number, encoding.address_size ? (offset & 0xffff) | above : offset);
}

void Addressing::put(Encoding& encoding, std::uint32_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) encoding.address.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

void Addressing::put_displacement(Encoding& encoding, std::uint32_t displacement, unsigned base) {
    const auto byte = static_cast<std::int8_t>(displacement);
    if (displacement == 0 && base != ebp) return;
    const bool short_enough = static_cast<std::uint32_t>(byte) == displacement && random_.chance(80);
    encoding.modrm |= short_enough ? 0x40 : 0x80;
    put(encoding, displacement, short_enough ? 1 : 4);
}

void Addressing::choose_32(const Row& row, Encoding& encoding, std::uint32_t offset) {
    const unsigned form = random_.below(12);
    if (form == 0) {
        encoding.modrm |= 5;
        put(encoding, offset, 4);
    } else if (form == 1) {
        choose_without_base(encoding, offset);
    } else if (form < 4) {
        choose_indexed(encoding, offset);
    } else {
        const unsigned base = choose_base(row, encoding);
        encoding.modrm = static_cast<std::uint8_t>(encoding.modrm | base);
        put_displacement(encoding, offset - *program_.known(base), base);
    }
}

/// Base and index are no registers that an implicit operand may be put into afterwards: bit offsets.
void Addressing::choose_indexed(Encoding& encoding, std::uint32_t offset) {
    static constexpr std::array<unsigned, 7> bases{eax, ecx, edx, ebx, ebp, esi, edi};
    const unsigned reg = encoding.modrm >> 3 & 7U, scale = random_.below(4);
    unsigned base = random_.any_of(bases), index = random_.any_of(bases);
    if (base == reg) base = reg == eax ? edx : eax;
    if (index == base || index == reg) index = base == ebp || reg == ebp ? edi : ebp;
    if (index == base || index == reg) index = base == esi || reg == esi ? ebx : esi;
    const std::uint32_t count = random_.below(64) - 32;
    program_.set_register(index, count);
    const std::uint32_t displacement =
        random_.chance(50) ? random_.below(256) - 128 : static_cast<std::uint32_t>(random_.next());
    program_.set_register(base, offset - (count << scale) - displacement);
    encoding.modrm |= 4;
    encoding.address.push_back(static_cast<std::uint8_t>(scale << 6 | index << 3 | base));
    put_displacement(encoding, displacement, base);
}

/// SIB with an index and a displacement alone, or with neither base nor index.
void Addressing::choose_without_base(Encoding& encoding, std::uint32_t offset) {
    const unsigned reg = encoding.modrm >> 3 & 7U, scale = random_.below(4);
    const unsigned index = random_.chance(30) ? unsigned{esp} : reg == esi ? unsigned{edi} : unsigned{esi};
    std::uint32_t count = 0;
    if (index != esp) program_.set_register(index, count = random_.integer());
    encoding.modrm |= 4;
    encoding.address.push_back(static_cast<std::uint8_t>(scale << 6 | index << 3 | 5));
    put(encoding, offset - (count << scale), 4);
}

/// A register whose value is known by then.
unsigned Addressing::choose_base(const Row& row, const Encoding& encoding) {
    static constexpr std::array<unsigned, 7> bases{eax, ecx, edx, ebx, ebp, esi, edi};
    unsigned base = random_.any_of(bases);
    if (has_bit_offset(row) && base == (encoding.modrm >> 3 & 7U)) base = base == edi ? esi : edi;
    if (!program_.known(base) || random_.chance(20))
        program_.set_register(base, window::data + window::data_size / 2 + random_.below(128) - 64);
    return base;
}

std::uint16_t Addressing::low_half(unsigned number) {
    if (!program_.known(number) || random_.chance(30))
        program_.set_register(number, static_cast<std::uint32_t>(random_.next()));
    return static_cast<std::uint16_t>(*program_.known(number));
}

/// SDM vol. 2A, table "16-Bit Addressing Forms with the ModR/M Byte". The sum wraps at 64 KiB.
void Addressing::choose_16(Encoding& encoding, std::uint16_t offset) {
    static constexpr std::array<std::array<unsigned, 2>, 8> registers{
        {{ebx, esi}, {ebx, edi}, {ebp, esi}, {ebp, edi}, {esi, esi}, {edi, edi}, {ebp, ebp}, {ebx, ebx}}};
    const unsigned rm = random_.below(8);
    encoding.modrm = static_cast<std::uint8_t>(encoding.modrm | rm);
    if (rm == 6 && random_.chance(50)) return put(encoding, offset, 2);
    const auto [base, index] = registers[rm];
    const std::uint32_t added = rm < 4 ? low_half(index) : 0;
    const unsigned size = random_.below(3);
    if (size == 2 || rm == 6) {
        encoding.modrm |= 0x80;
        return put(encoding, offset - low_half(base) - added, 2);
    }
    const auto displacement = static_cast<std::int8_t>(size ? random_.byte() : 0);
    const std::uint32_t low = (offset - added - static_cast<std::uint32_t>(displacement)) & 0xffff;
    program_.set_register(base, random_.below(0x10000) << 16 | low);
    encoding.modrm = static_cast<std::uint8_t>(encoding.modrm | size << 6);
    put(encoding, static_cast<std::uint8_t>(displacement), size);
}

}  // namespace calque::test
