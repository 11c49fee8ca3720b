// Medians, noise, and when a difference is one.
#include "frontend/bench/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace calque::bench {

double median(std::span<const double> values) {
    if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
    std::vector<double> sorted(values.begin(), values.end());
    std::ranges::sort(sorted);
    const std::size_t middle = sorted.size() / 2;
    return sorted.size() % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double spread(std::span<const double> values) {
    if (values.size() < 2) return 0;
    const auto [least, most] = std::ranges::minmax(values);
    const double middle = median(values);
    return middle > 0 ? (most - least) / 2 / middle : 0;
}

double geometric_mean(std::span<const double> values) {
    double sum = 0;
    for (const double value : values) sum += std::log(value);
    return std::exp(sum / static_cast<double>(values.size()));
}

Change compare(std::span<const double> before, std::span<const double> after, double smallest) {
    if (before.empty() || after.empty() || median(before) <= 0) return Change::none;
    const double noise = std::hypot(spread(before), spread(after));
    const double difference = median(after) / median(before) - 1;
    if (std::abs(difference) <= std::max(2 * noise, smallest)) return Change::none;
    return difference > 0 ? Change::worse : Change::better;
}

}  // namespace calque::bench
