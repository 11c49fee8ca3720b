// Random instructions and states, the nasty ones over-represented.
#include "tests/cpu/native_fpu.hpp"

#include <cstring>

namespace calque::test {
namespace {

template <typename T, std::size_t n>
T one_of(Random& random, const T (&values)[n]) {
    return values[random() % n];
}

std::uint64_t random64(Random& random) { return std::uint64_t{random()} << 32 | random(); }

constexpr std::uint32_t singles[]{
    0,           1,           0x007f'ffff, 0x0080'0000, 0x0080'0001, 0x3f80'0000, 0x3f00'0000, 0x3fc0'0000,
    0x4f00'0000, 0x4eff'ffff, 0x4f80'0000, 0x5f00'0000, 0x7f7f'ffff, 0x7f80'0000, 0x7fc0'0000, 0x7f80'0001,
    0x7fbf'ffff, 0x7fff'ffff, 0x1f80'0000, 0x2000'0000, 0x5f80'0000, 0x3f7f'ffff, 0x4b00'0001, 0x3380'0000,
};
constexpr std::uint64_t doubles[]{
    0,
    1,
    0x000f'ffff'ffff'ffff,
    0x0010'0000'0000'0000,
    0x3ff0'0000'0000'0000,
    0x3fe0'0000'0000'0000,
    0x3ff8'0000'0000'0000,
    0x41df'ffff'ffc0'0000,
    0x41e0'0000'0000'0000,
    0x41e0'0000'0020'0000,
    0x43e0'0000'0000'0000,
    0x7fef'ffff'ffff'ffff,
    0x7ff0'0000'0000'0000,
    0x7ff8'0000'0000'0000,
    0x7ff0'0000'0000'0001,
    0x7ff7'ffff'ffff'ffff,
    0x3690'0000'0000'0000,
    0x3800'0000'0000'0000,
    0x37ff'ffff'ffff'ffff,
    0x47ef'ffff'e000'0000,
    0x47ef'ffff'f000'0000,
    0x47f0'0000'0000'0000,
    0x1ff0'0000'0000'0000,
};

std::uint32_t random_single(Random& random) {
    const std::uint32_t sign = random() & 0x8000'0000U;
    switch (random() % 4) {
        case 0: return random();
        case 1: return sign | (0x3c00'0000 + random() % 0x0c00'0000);  // of moderate size
        default: return sign | one_of(random, singles);
    }
}

std::uint64_t random_double(Random& random) {
    const std::uint64_t sign = std::uint64_t{random() & 0x8000'0000U} << 32;
    switch (random() % 4) {
        case 0: return random64(random);
        case 1: return sign | (0x3f80'0000'0000'0000 + random64(random) % 0x0100'0000'0000'0000);
        default: return sign | one_of(random, doubles);
    }
}

/// Extended double precision: also the encodings that processors since the 387 do not accept.
FpuArea::Register random_extended(Random& random) {
    static constexpr std::uint16_t exponents[]{0,      1,      2,      0x3f6b, 0x3f81, 0x3c01, 0x3ffe,
                                               0x3fff, 0x4000, 0x400e, 0x401d, 0x401e, 0x403d, 0x403e,
                                               0x403f, 0x43fe, 0x407e, 0x7ffe, 0x7fff, 0x7fff};
    static constexpr std::uint64_t significands[]{0,
                                                  1,
                                                  1ULL << 63,
                                                  ~0ULL,
                                                  3ULL << 62,
                                                  1ULL << 62,
                                                  (1ULL << 63) | 1,
                                                  0xffff'ffff'0000'0000,
                                                  0xffff'ff00'0000'0000,
                                                  0xc90f'daa2'2168'c235};
    FpuArea::Register value;
    const bool wild = random() % 4 == 0;
    std::uint64_t significand = random() % 2 ? random64(random) : one_of(random, significands);
    if (!wild) significand |= 1ULL << 63;
    auto exponent =
        static_cast<std::uint16_t>(random() % 3 == 0 ? 0x3fe0 + random() % 0x60 : one_of(random, exponents));
    if (random() % 8 == 0) exponent = 0, significand = 0;
    exponent = static_cast<std::uint16_t>(exponent | (random() & 0x8000));
    std::memcpy(value.bytes.data(), &significand, 8);
    std::memcpy(value.bytes.data() + 8, &exponent, 2);
    return value;
}

/// A string of few letters with zeros in it.
FpuArea::Register random_text(Random& random) {
    static constexpr std::uint8_t letters[]{0, 'a', 'a', 'a', 'b', 'b', 'c', 0x80};
    FpuArea::Register value;
    for (std::uint8_t& byte : value.bytes) byte = one_of(random, letters);
    return value;
}

FpuArea::Register random_vector(Random& random) {
    if (random() % 8 == 0) return random_text(random);
    FpuArea::Register value;
    const unsigned kind = random() % 4;
    for (unsigned i = 0; i < 2; ++i) {
        std::uint64_t part = kind == 0   ? random64(random)
                             : kind == 1 ? random_double(random)
                                         : std::uint64_t{random_single(random)} << 32 | random_single(random);
        if (kind == 0 && random() % 3 == 0) part &= 0x3f;  // a count for shifts
        std::memcpy(value.bytes.data() + 8 * i, &part, 8);
    }
    return value;
}

FpuArea::Register random_decimal(Random& random) {
    FpuArea::Register value;
    for (unsigned i = 0; i < 9; ++i)
        value.bytes[i] = static_cast<std::uint8_t>((random() % 10) << 4 | random() % 10);
    value.bytes[9] = random() % 2 ? 0x80 : 0;
    return value;
}

FpuArea::Register random_operand(Random& random) {
    switch (random() % 4) {
        case 0: return random_extended(random);
        case 1: return random_decimal(random);
        default: return random_vector(random);
    }
}

FpuArea random_area(Random& random, bool unmasked) {
    FpuArea fpu;
    const auto masks = static_cast<unsigned>(unmasked && random() % 4 ? random() % 64 : 63);
    static constexpr unsigned precisions[]{0x000, 0x200, 0x300, 0x300};
    fpu.fcw = static_cast<std::uint16_t>(0x40 | masks | one_of(random, precisions) | (random() & 0xc00));
    fpu.fsw = static_cast<std::uint16_t>((random() & 0x7f00) | (random() & masks));
    if ((fpu.fsw & 0x41) == 0x40) fpu.fsw = static_cast<std::uint16_t>(fpu.fsw & ~0x40);
    fpu.ftw = static_cast<std::uint8_t>(random() % 2 ? 0xff : random());
    for (auto& reg : fpu.st) reg = random_extended(random);
    for (unsigned i = 0; i < 8; ++i) fpu.xmm[i] = random_vector(random);
    const auto simd_masks = static_cast<unsigned>(unmasked && random() % 4 ? random() % 64 : 63);
    fpu.mxcsr = simd_masks << 7 | (random() & 0x6000) | (random() & simd_masks);
    if (random() % 2) fpu.mxcsr |= random() & 0x8040;  // flush to zero, denormals are zeros
    return fpu;
}

bool has_immediate(const Row& row) {
    if (row.map != OpcodeMap::map_0f) return row.map == OpcodeMap::map_0f3a;
    return row.opcode == 0xc2 || (row.opcode >= 0xc4 && row.opcode <= 0xc6) ||
           (row.opcode >= 0x70 && row.opcode <= 0x73);
}

/// EDI points at memory and ESP at the stack: not operands.
unsigned random_register(OperandKind kind, Random& random) {
    static constexpr unsigned general[]{eax, ecx, edx, ebx, ebp, esi};
    return kind == OperandKind::gpr32 || kind == OperandKind::gpr ? one_of(random, general)
                                                                  : static_cast<unsigned>(random() % 8);
}

std::uint8_t random_modrm(const Row& row, Random& random) {
    if (row.modrm >= 0) return static_cast<std::uint8_t>(row.modrm);
    const unsigned reg = row.digit >= 0 ? static_cast<unsigned>(row.digit) : random_register(row.reg, random);
    const bool memory = row.mod == Mod::memory || (row.mod == Mod::any && random() % 2);
    return static_cast<std::uint8_t>(reg << 3 | (memory ? 7U : 0xc0 | random_register(row.rm, random)));
}

}  // namespace

std::vector<std::uint8_t> random_encoding(const Row& row, Random& random) {
    std::vector<std::uint8_t> bytes;
    if (row.mandatory == Mandatory::p66) bytes.push_back(0x66);
    if (row.mandatory == Mandatory::pf3) bytes.push_back(0xf3);
    if (row.mandatory == Mandatory::pf2) bytes.push_back(0xf2);
    if (row.map != OpcodeMap::one_byte) bytes.push_back(0x0f);
    if (row.map == OpcodeMap::map_0f38) bytes.push_back(0x38);
    if (row.map == OpcodeMap::map_0f3a) bytes.push_back(0x3a);
    bytes.push_back(row.opcode);
    if (!(row.attributes & attribute::no_modrm)) bytes.push_back(random_modrm(row, random));
    if (has_immediate(row))
        bytes.push_back(static_cast<std::uint8_t>(random() % 2 ? random() : random() % 20));
    return bytes;
}

FpuCase random_case(Random& random, bool unmasked) {
    FpuCase fpu_case;
    fpu_case.fpu = random_area(random, unmasked);
    for (unsigned i = 0; i < 4; ++i) {
        const auto operand = random_operand(random);
        std::memcpy(fpu_case.memory.data() + 16 * i, operand.bytes.data(), 16);
    }
    for (auto& reg : fpu_case.gpr)
        reg = random() % 2 ? random() : random() % 2 ? random() % 64 : 0x8000'0000U;
    fpu_case.flags = flag::always_one | (random() & flag::status);
    return fpu_case;
}

}  // namespace calque::test
