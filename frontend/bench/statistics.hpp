// What repeated measurements say.
#pragma once

#include <span>
#include <vector>

namespace calque::bench {

/// NaN for none.
double median(std::span<const double> values);
/// Half the distance between the extremes, as a part of the median: a measurement's noise. 0 for one value.
double spread(std::span<const double> values);
/// NaN for none.
double geometric_mean(std::span<const double> values);

/// How B compares with A.
enum class Change { none, better, worse };

/// A difference counts beyond twice the noise of both, and never below `smallest`.
Change compare(std::span<const double> before, std::span<const double> after, double smallest);

}  // namespace calque::bench
