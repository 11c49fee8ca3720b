// Counting of records.
#include "frontend/trace/statistics.hpp"

#include "frontend/trace/printer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace calque::trace {
namespace {

using Out = std::back_insert_iterator<std::string>;

/// The largest first; among equals by key, so that a list is always the same.
template <typename Map>
auto ranked(const Map& counts, std::size_t top) {
    std::vector<std::pair<typename Map::key_type, std::uint64_t>> list(counts.begin(), counts.end());
    std::ranges::sort(list, [](const auto& left, const auto& right) {
        return left.second != right.second ? left.second > right.second : left.first < right.first;
    });
    list.resize(std::min(list.size(), top));
    return list;
}

double share(std::uint64_t part, std::uint64_t whole) {
    return whole ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

template <typename Map>
void put_names(Out out, const char* title, const Map& counts, std::size_t top, std::uint64_t whole) {
    if (counts.empty()) return;
    fmt::format_to(out, "\n{}\n", title);
    for (const auto& [name, count] : ranked(counts, top))
        fmt::format_to(out, "{:>14} {:6.2f} %  {}\n", count, share(count, whole), name);
}

}  // namespace

void Statistics::Accesses::add(const Access& access) {
    (access.write ? writes : reads) += 1;
    (access.write ? bytes_written : bytes_read) += access.size;
}

void Statistics::add(const Record& record, CodeTexts& texts) {
    const Subject subject = subject_of(record, texts);
    if (record.kind == RecordKind::gap) {
        ++gaps_;
        return;
    }
    if (record.kind == RecordKind::delivery) {
        const Delivery& delivery = record.delivery;
        ++events_[delivery.interrupt ? fmt::format("interrupt {}", delivery.vector)
                                     : exception_name(delivery.vector)];
    } else if (record.kind == RecordKind::faulted) {
        ++faulted_;
    } else {
        ++instructions_;
        ++mnemonics_[subject.mnemonic()];
        ++modes_[fmt::format("{}, CPL {}", phrase_of(subject.mode), subject.cpl)];
        ++addresses_[subject.linear];
        if (const auto found = symbols_.find(subject.linear)) ++functions_[found->name];
    }
    for (const Access& access : record.accesses) {
        (access.port ? ports_ : access.io ? io_ : memory_).add(access);
        if (access.port)
            by_port_[access.address].add(access);
        else
            ++pages_[access.address >> 12];
    }
}

std::string Statistics::text(const TraceFile& file, std::size_t top) const {
    std::string text;
    const Out out(text);
    fmt::format_to(out, "{} instructions, {} attempts that faulted, {} gaps\n", instructions_, faulted_,
                   gaps_);
    fmt::format_to(out, "{} bytes in {} frames", file.bytes(), file.frames());
    if (file.frames() > 0) {
        const std::uint64_t first = file.header(0).first, end = file.header(file.frames() - 1).end;
        std::uint64_t records = 0;
        for (std::size_t i = 0; i < file.frames(); ++i) records += file.header(i).records;
        fmt::format_to(out, ", instructions {} to {}, {:.3f} bytes a record", first, end,
                       records ? static_cast<double>(file.bytes()) / static_cast<double>(records) : 0.0);
    }
    fmt::format_to(out, "\n");
    put_names(out, "modes", modes_, top, instructions_);
    put_names(out, "mnemonics", mnemonics_, top, instructions_);
    put_names(out, "exceptions and interrupts", events_, top, instructions_);
    fmt::format_to(out, "\naccesses             reads          bytes         writes          bytes\n");
    for (const auto& [name, counts] : {std::pair{"memory", memory_}, {"MMIO", io_}, {"ports", ports_}})
        fmt::format_to(out, "{:<12} {:>14} {:>14} {:>14} {:>14}\n", name, counts.reads, counts.bytes_read,
                       counts.writes, counts.bytes_written);
    for (const auto& [port, counts] : by_port_)
        fmt::format_to(out, "  port {:04x}  {:>14} {:>14} {:>14} {:>14}\n", port, counts.reads,
                       counts.bytes_read, counts.writes, counts.bytes_written);
    put_names(out, "busiest functions", functions_, top, instructions_);
    fmt::format_to(out, "\nbusiest addresses\n");
    for (const auto& [address, count] : ranked(addresses_, top))
        fmt::format_to(out, "{:>14} {:6.2f} %  {:08x} {}\n", count, share(count, instructions_), address,
                       symbols_.text(address));
    fmt::format_to(out, "\nbusiest pages of data\n");
    for (const auto& [page, count] : ranked(pages_, top))
        fmt::format_to(out, "{:>14}  {:08x}\n", count, page << 12);
    return text;
}

}  // namespace calque::trace
