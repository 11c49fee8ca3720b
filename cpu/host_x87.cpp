// Guest x87 instructions on an x86 host's own unit: the very same bytes, with memory operands through a
// register.
#include "cpu/host_x87.hpp"

#include <cstring>
#include <utility>

namespace calque::host_x87 {
namespace {

/// SF, ZF, AF, PF and CF travel in AH; OF in AL: adding 7F to 1 overflows, to 0 does not.
template <std::uint8_t opcode, std::uint8_t modrm>
std::uint32_t flag_form(std::uint32_t flags) {
    std::uint32_t ax = (flags & 0xff) << 8 | (flags >> 11 & 1);
    asm volatile(
        "addb $0x7f, %%al\n\t"
        "sahf\n\t"
        ".byte %c1, %c2\n\t"
        "lahf\n\t"
        "seto %%al"
        : "+a"(ax)
        : "i"(opcode), "i"(modrm)
        : "cc");
    return (ax >> 8 & 0xd5) | (ax & 1) << 11;
}

using RegisterForm = void (*)();
using MemoryForm = void (*)(void*);
using FlagForm = std::uint32_t (*)(std::uint32_t);

/// FNSTSW AX (DF E0) is left out: it would write a register behind the compiler's back.
template <std::uint8_t opcode, std::uint8_t modrm>
constexpr RegisterForm safe_register_form() {
    if constexpr (opcode == 0xdf && modrm >= 0xe0)
        return nullptr;
    else
        return execute_register<opcode, modrm>;
}

template <std::size_t... index>
constexpr std::array<RegisterForm, 512> make_register_forms(std::index_sequence<index...>) {
    return {safe_register_form<static_cast<std::uint8_t>(0xd8 + index / 64),
                               static_cast<std::uint8_t>(0xc0 + index % 64)>()...};
}
template <std::size_t... index>
constexpr std::array<MemoryForm, 64> make_memory_forms(std::index_sequence<index...>) {
    return {execute_memory<static_cast<std::uint8_t>(0xd8 + index / 8), index % 8>...};
}
/// DA, DB and DF have forms that use flags.
template <std::uint8_t opcode, std::size_t... index>
constexpr std::array<FlagForm, 64> make_flag_forms(std::index_sequence<index...>) {
    return {flag_form<opcode, static_cast<std::uint8_t>(0xc0 + index)>...};
}

constexpr auto register_forms = make_register_forms(std::make_index_sequence<512>{});
constexpr auto memory_forms = make_memory_forms(std::make_index_sequence<64>{});
constexpr auto flag_forms_da = make_flag_forms<0xda>(std::make_index_sequence<64>{});
constexpr auto flag_forms_db = make_flag_forms<0xdb>(std::make_index_sequence<64>{});
constexpr auto flag_forms_df = make_flag_forms<0xdf>(std::make_index_sequence<64>{});

template <std::size_t number>
void read_register(std::uint64_t* value) {
    asm volatile(".byte 0x0f, 0x7f, %c0" : : "i"(number << 3 | 7), "D"(value) : "memory");
}

constexpr std::size_t x87_bytes_of_register = 10;

}  // namespace

void load(const FpuArea& area) {
    FpuArea image = area;
    asm volatile("stmxcsr %0" : "=m"(image.mxcsr));
    // FXRSTOR also loads the XMM registers, which the compiler is told.
    asm volatile("fxrstor64 %0"
                 :
                 : "m"(image)
                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                   "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

void store(FpuArea& area) {
    FpuArea image;
    asm volatile("fxsave64 %0\n\tfninit" : "=m"(image));
    area.fcw = image.fcw;
    area.fsw = image.fsw;
    area.ftw = image.ftw;
    for (unsigned i = 0; i < area.st.size(); ++i) {
        area.st[i] = {};
        std::memcpy(area.st[i].bytes.data(), image.st[i].bytes.data(), x87_bytes_of_register);
    }
}

std::uint16_t status() {
    std::uint16_t value;
    asm volatile("fnstsw %0" : "=a"(value));
    return value;
}

std::uint16_t control() {
    std::uint16_t value;
    asm volatile("fnstcw %0" : "=m"(value));
    return value;
}

void set_control(std::uint16_t value) { asm volatile("fldcw %0" : : "m"(value)); }
void initialize() { asm volatile("fninit"); }
void clear_exceptions() { asm volatile("fnclex"); }

void execute(std::uint8_t opcode, std::uint8_t modrm) {
    register_forms[(opcode & 7U) << 6 | (modrm & 63U)]();
}

void execute(std::uint8_t opcode, unsigned digit, void* operand) {
    memory_forms[(opcode & 7U) << 3 | digit](operand);
}

std::uint32_t execute_with_flags(std::uint8_t opcode, std::uint8_t modrm, std::uint32_t flags) {
    const auto& forms = opcode == 0xda ? flag_forms_da : opcode == 0xdb ? flag_forms_db : flag_forms_df;
    return forms[modrm & 63U](flags);
}

std::uint64_t read_mm(unsigned number) {
    static constexpr std::array<void (*)(std::uint64_t*), 8> from{
        read_register<0>, read_register<1>, read_register<2>, read_register<3>,
        read_register<4>, read_register<5>, read_register<6>, read_register<7>};
    std::uint64_t value;
    from[number](&value);
    return value;
}

void write_mm(unsigned number, std::uint64_t value) { mmx<0x6f>(number, &value); }
void empty_mm() { asm volatile("emms"); }

}  // namespace calque::host_x87
