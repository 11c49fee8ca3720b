// The translator's counters as others see them, and callouts with a clock beside them.
#include "cpu/instruction_table.hpp"
#include "translator/translator.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace calque {

/// About a millisecond: what took longer was put aside by the host's scheduler.
constexpr std::uint64_t longest_callout = 1U << 22;

/// What it led to the translation of is not its own cost.
const void* Translator::call_out_timed(const CalloutSite& site) {
    const std::size_t row =
        std::min<std::size_t>(site.owner->block->insns[site.index].row, callouts_by_row_.size() - 1);
    const std::uint64_t translations = statistics_.translations;
    const std::uint64_t start = TickRate::now();
    const void* next = call_out(site);
    const std::uint64_t spent = TickRate::now() - start;
    if (translations == statistics_.translations && spent < longest_callout)
        callout_ticks_by_row_[row] += spent;
    return next;
}

TranslatorStatistics Translator::statistics() const {
    using Callouts = TranslatorStatistics::Callouts;
    TranslatorStatistics all = statistics_;
    std::map<std::pair<std::string, std::string>, Callouts> by_name;
    for (std::size_t number = 0; number < callouts_by_row_.size(); ++number) {
        if (!callouts_by_row_[number]) continue;
        const bool listed = number < instruction_table().size();
        const Row row = listed ? instruction_table()[number] : Row{.name = "undefined"};
        const char* sensitivity = class_name(row.sensitivity);
        Callouts& entry = by_name[{row.name, sensitivity}];
        entry.name = row.name;
        entry.sensitivity = sensitivity;
        entry.count += callouts_by_row_[number];
        entry.seconds += tick_rate_.seconds(callout_ticks_by_row_[number]);
    }
    for (const auto& [name, entry] : by_name) all.called_out.push_back(entry);
    std::ranges::sort(all.called_out, std::greater{}, &Callouts::count);
    return all;
}

}  // namespace calque
