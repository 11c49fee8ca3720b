// Mnemonics that differ in form only.
#include "tests/decoder/names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace calque::test {
namespace {

/// Other decoders' names, and the table's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 58> aliases{{
    {"cwde", "cbw"},
    {"cdq", "cwd"},
    {"iretd", "iret"},
    {"popad", "popa"},
    {"popal", "popa"},
    {"popaw", "popa"},
    {"pushad", "pusha"},
    {"pushal", "pusha"},
    {"pushaw", "pusha"},
    {"pushfd", "pushf"},
    {"popfd", "popf"},
    {"lcall", "call"},
    {"ljmp", "jmp"},
    {"retf", "ret"},
    {"jcxz", "jecxz"},
    {"insb", "ins"},
    {"insw", "ins"},
    {"insd", "ins"},
    {"outsb", "outs"},
    {"outsw", "outs"},
    {"outsd", "outs"},
    {"movsb", "movs"},
    {"movsw", "movs"},
    {"movsd", "movs"},
    {"cmpsb", "cmps"},
    {"cmpsw", "cmps"},
    {"cmpsd", "cmps"},
    {"stosb", "stos"},
    {"stosw", "stos"},
    {"stosd", "stos"},
    {"lodsb", "lods"},
    {"lodsw", "lods"},
    {"lodsd", "lods"},
    {"scasb", "scas"},
    {"scasw", "scas"},
    {"scasd", "scas"},
    {"feni8087_nop", "fneni"},
    {"fdisi8087_nop", "fndisi"},
    {"fsetpm287_nop", "fnsetpm"},
    {"fsetpm", "fnsetpm"},
    {"fstpnce", "fstp"},
    {"fwait", "wait"},
    {"sal", "shl"},
    {"ud2b", "ud1"},
    {"prefetchnta", "prefetch"},
    {"prefetcht0", "prefetch"},
    {"prefetcht1", "prefetch"},
    {"prefetcht2", "prefetch"},
    {"xlatb", "xlat"},
    {"loope", "loopz"},
    {"loopne", "loopnz"},
    {"movabs", "mov"},
    {"fucompi", "fucomip"},
    {"fcompi", "fcomip"},
    {"pushfw", "pushf"},
    {"popfw", "popf"},
    {"retfq", "ret"},
    {"icebp", "int1"},
}};
constexpr std::array<std::string_view, 12> prefixes{"lock ",     "rep ",    "repe ", "repne ",
                                                    "repz ",     "repnz ",  "bnd ",  "xacquire ",
                                                    "xrelease ", "data16 ", "wait ", "notrack "};

std::string_view without_prefixes(std::string_view mnemonic) {
    for (bool again = true; again;) {
        again = false;
        for (const std::string_view prefix : prefixes) {
            if (!mnemonic.starts_with(prefix)) continue;
            mnemonic.remove_prefix(prefix.size());
            again = true;
        }
    }
    return mnemonic;
}

bool is_conditional_jump(std::string_view name) {
    return name.starts_with('j') && name != "jmp" && name != "jcxz" && name != "jecxz";
}

/// CMPLTPS and its kind: the predicate stands in the name.
std::string without_predicate(std::string_view name) {
    static constexpr std::array<std::string_view, 8> predicates{"eq",  "lt",  "le",  "unord",
                                                                "neq", "nlt", "nle", "ord"};
    for (const std::string_view predicate : predicates) {
        const std::string_view rest = name.substr(3);
        if (rest.size() == predicate.size() + 2 && rest.starts_with(predicate))
            return "cmp" + std::string(rest.substr(predicate.size()));
    }
    return std::string(name);
}

}  // namespace

std::string plain_name(std::string_view mnemonic) {
    const std::string_view name = without_prefixes(mnemonic);
    const auto* const found = std::ranges::find(aliases, name, &decltype(aliases)::value_type::first);
    if (found != aliases.end()) return std::string(found->second);
    if (is_conditional_jump(name)) return "jcc";
    if (name.starts_with("cmov")) return "cmovcc";
    if (name.starts_with("set")) return "setcc";
    if (name.starts_with("cmp") && name.size() > 5) return without_predicate(name);
    return std::string(name);
}

}  // namespace calque::test
