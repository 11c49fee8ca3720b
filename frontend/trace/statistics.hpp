// What a trace consists of, in numbers.
#pragma once

#include "frontend/trace/code_texts.hpp"
#include "frontend/trace/reader.hpp"
#include "frontend/trace/symbols.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

namespace calque::trace {

class Statistics {
public:
    explicit Statistics(const Symbols& symbols) : symbols_(symbols) {}

    void add(const Record& record, CodeTexts& texts);
    /// Lists of at most `top` lines each.
    std::string text(const TraceFile& file, std::size_t top) const;

private:
    struct Accesses {
        std::uint64_t reads = 0, writes = 0, bytes_read = 0, bytes_written = 0;
        void add(const Access& access);
    };

    const Symbols& symbols_;
    std::uint64_t instructions_ = 0, faulted_ = 0, gaps_ = 0;
    std::map<std::string, std::uint64_t, std::less<>> mnemonics_, modes_, events_;
    std::unordered_map<std::uint64_t, std::uint64_t> addresses_;
    std::unordered_map<std::string_view, std::uint64_t> functions_;
    Accesses memory_, io_, ports_;
    std::map<std::uint64_t, Accesses> by_port_;
    std::unordered_map<std::uint64_t, std::uint64_t> pages_;
};

}  // namespace calque::trace
