// x87, MMX and SSE through the portable units give the same bits on every host: random cases through the
// interpreter, all results in one number. On x86 the number's parts are compared with the processor's
// (native_fpu_test.cpp, portable_*_test.cpp).
#include "tests/cpu/native_fpu.hpp"

#include <doctest/doctest.h>

namespace calque::test {
namespace {

/// FNV-1a.
class Digest {
public:
    template <typename Bytes>
    void add_bytes(const Bytes& bytes) {
        for (const std::uint8_t byte : bytes) add_byte(byte);
    }
    void add(std::uint64_t value) {
        for (unsigned i = 0; i < 8; ++i) add_byte(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    std::uint64_t value() const { return value_; }

private:
    void add_byte(std::uint8_t byte) { value_ = (value_ ^ byte) * 0x100'0000'01b3; }

    std::uint64_t value_ = 0xcbf2'9ce4'8422'2325;
};

void add_results(Digest& digest, const FpuCase& result) {
    digest.add(result.fpu.fcw);
    digest.add(result.fpu.fsw);
    digest.add(result.fpu.ftw);
    digest.add(result.fpu.mxcsr);
    for (const auto& reg : result.fpu.st) digest.add_bytes(reg.bytes);
    for (const auto& reg : result.fpu.xmm) digest.add_bytes(reg.bytes);
    digest.add_bytes(result.memory);
    for (const std::uint64_t reg : result.gpr) digest.add(reg);
    digest.add(result.flags);
    digest.add(result.fault);
}

std::uint64_t digest_of(std::span<const Row> rows, bool unmasked) {
    constexpr unsigned encodings = 12, cases_each = 24;
    Random random(unmasked ? 2 : 1);
    Digest digest;
    for (const Row& row : rows) {
        if (row.cls != InstructionClass::innocuous) continue;
        for (unsigned i = 0; i < encodings; ++i) {
            const auto instruction = random_encoding(row, random);
            for (unsigned n = 0; n < cases_each; ++n) {
                FpuCase fpu_case = random_case(random, unmasked);
                run_on_guest(instruction, fpu_case);
                add_results(digest, fpu_case);
            }
        }
    }
    return digest.value();
}

}  // namespace

TEST_CASE("portable results are the same on every host") {
    CHECK_EQ(digest_of(x87_rows(), false), 0x390f'f052'1255'49adU);
    CHECK_EQ(digest_of(x87_rows(), true), 0x2bf7'b0b6'63b8'311fU);
    CHECK_EQ(digest_of(mmx_rows(), false), 0x3a63'45af'a473'96f8U);
    CHECK_EQ(digest_of(sse_rows(), false), 0x518c'0183'5987'f9bdU);
    CHECK_EQ(digest_of(sse_rows(), true), 0xed62'5910'dd96'0850U);
}

}  // namespace calque::test
