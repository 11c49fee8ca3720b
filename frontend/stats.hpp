// The counters of a run as JSON.
#pragma once

#include "frontend/session.hpp"

namespace calque {

struct RunSummary {
    RunResult result;
    int status;
    double seconds;  ///< of the host
};

/// Writes them to the file that the options name. Throws UsageError if it cannot be written.
void write_stats(Session& session, const RunOptions& options, const RunSummary& summary);

}  // namespace calque
