// Parsing and evaluation of filter expressions.
#include "frontend/trace/expression.hpp"

#include "frontend/parse.hpp"
#include "frontend/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <sstream>

namespace calque::trace {
namespace {

using Key = Expression::Key;
using Term = Expression::Term;

enum class Value : std::uint8_t { none, address, number, mode, text, optional_number };

struct KeyName {
    const char* name;
    Key key;
    Value value;
};

constexpr KeyName keys[]{
    {"ip", Key::ip, Value::address},
    {"cpl", Key::cpl, Value::number},
    {"mode", Key::mode, Value::mode},
    {"count", Key::count, Value::number},
    {"mem", Key::mem, Value::address},
    {"read", Key::read, Value::address},
    {"write", Key::write, Value::address},
    {"physical", Key::physical, Value::address},
    {"port", Key::port, Value::address},
    {"mmio", Key::mmio, Value::none},
    {"op", Key::op, Value::text},
    {"event", Key::event, Value::none},
    {"exception", Key::exception, Value::optional_number},
    {"interrupt", Key::interrupt, Value::optional_number},
};

const KeyName& find_key(std::string_view name) {
    const auto found = std::ranges::find(keys, name, &KeyName::name);
    if (found == std::end(keys))
        throw UsageError(fmt::format("\"{}\" is no term of a filter (calque help trace)", name));
    return *found;
}

/// A or A-B.
void set_range(Term& term, std::string_view text, bool hexadecimal) {
    const auto parse = [&](std::string_view part) {
        return hexadecimal ? parse_address(part) : parse_number(part);
    };
    const std::size_t dash = text.find('-');
    term.first = parse(text.substr(0, dash));
    term.last = dash == std::string_view::npos ? term.first : parse(text.substr(dash + 1));
    if (term.last < term.first)
        throw UsageError(fmt::format("\"{}\" is a range that ends before it begins", text));
}

void set_value(Term& term, const KeyName& key, std::string_view text) {
    switch (key.value) {
        case Value::none: throw UsageError(fmt::format("{} takes no value", key.name));
        case Value::address: return set_range(term, text, true);
        case Value::number:
        case Value::optional_number: return set_range(term, text, false);
        case Value::mode:
            if (text != "real" && text != "v86" && text != "16" && text != "32" && text != "protected")
                throw UsageError(fmt::format("\"{}\" is not a mode (real, v86, 16, 32, protected)", text));
            break;
        case Value::text: break;
    }
    if (text.empty()) throw UsageError(fmt::format("{} needs a value", key.name));
    term.text = text;
}

Term parse_term(std::string_view word) {
    Term term;
    const std::size_t sign = word.find('=');
    const KeyName& key = find_key(word.substr(0, sign));
    term.key = key.key;
    term.any = sign == std::string_view::npos;
    if (!term.any)
        set_value(term, key, word.substr(sign + 1));
    else if (key.value != Value::none && key.value != Value::optional_number)
        throw UsageError(fmt::format("{} needs a value ({}=...)", key.name, key.name));
    return term;
}

bool mode_fits(const std::string& wanted, CpuMode mode) {
    if (wanted == "real") return mode == CpuMode::real16 || mode == CpuMode::real32;
    if (wanted == "v86") return mode == CpuMode::vm86;
    if (wanted == "16") return mode == CpuMode::protected16;
    if (wanted == "32") return mode == CpuMode::protected32;
    return mode == CpuMode::protected16 || mode == CpuMode::protected32;
}

bool overlaps(const Term& term, std::uint64_t address, unsigned size) {
    return address <= term.last && address + size > term.first;
}

bool accesses(const Term& term, const Record& record) {
    return std::ranges::any_of(record.accesses, [&](const Access& access) {
        switch (term.key) {
            case Key::mem: return !access.port && overlaps(term, access.address, access.size);
            case Key::read:
                return !access.port && !access.write && overlaps(term, access.address, access.size);
            case Key::write:
                return !access.port && access.write && overlaps(term, access.address, access.size);
            case Key::physical: return !access.port && overlaps(term, access.physical, access.size);
            case Key::port: return access.port && overlaps(term, access.address, access.size);
            default: return access.io;
        }
    });
}

bool is_event(const Term& term, const Record& record) {
    if (record.kind != RecordKind::delivery) return false;
    if (term.key == Key::event) return true;
    if (record.delivery.interrupt != (term.key == Key::interrupt)) return false;
    return term.any || (record.delivery.vector >= term.first && record.delivery.vector <= term.last);
}

bool fits(const Term& term, const Subject& subject) {
    const auto within = [&](std::uint64_t value) { return value >= term.first && value <= term.last; };
    switch (term.key) {
        case Key::ip: return within(subject.linear);
        case Key::cpl: return within(subject.cpl);
        case Key::mode: return mode_fits(term.text, subject.mode);
        case Key::count: return within(subject.number);
        case Key::op: return subject.mnemonic && subject.mnemonic() == term.text;
        case Key::event:
        case Key::exception:
        case Key::interrupt: return subject.record && is_event(term, *subject.record);
        default: return subject.record && accesses(term, *subject.record);
    }
}

}  // namespace

Expression::Expression(std::string_view text) {
    std::istringstream words{std::string(text)};
    bool wants_term = true, negated = false;
    alternatives_.emplace_back();
    for (std::string word; words >> word;) {
        if (wants_term && word == "not") {
            negated = !negated;
            continue;
        }
        if (wants_term) {
            Term term = parse_term(word);
            term.negated = negated;
            alternatives_.back().push_back(std::move(term));
            negated = false;
        } else if (word == "or") {
            alternatives_.emplace_back();
        } else if (word != "and") {
            throw UsageError(fmt::format("\"{}\" stands where \"and\" or \"or\" should", word));
        }
        wants_term = !wants_term;
    }
    if (wants_term) throw UsageError(fmt::format("\"{}\" is no complete filter", text));
}

bool Expression::holds(const Subject& subject) const {
    return std::ranges::any_of(alternatives_, [&](const std::vector<Term>& terms) {
        return std::ranges::all_of(terms,
                                   [&](const Term& term) { return fits(term, subject) != term.negated; });
    });
}

bool Expression::foreseeable() const {
    return std::ranges::all_of(alternatives_, [](const std::vector<Term>& terms) {
        return std::ranges::all_of(terms, [](const Term& term) { return term.key <= Key::count; });
    });
}

}  // namespace calque::trace
