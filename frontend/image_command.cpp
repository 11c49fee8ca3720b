// `calque image`: makes disk images, converts them and tells what they are. Options are those of qemu-img.
#include "devices/disk_image_create.hpp"
#include "devices/disk_image_info.hpp"
#include "frontend/command_line.hpp"
#include "frontend/parse.hpp"
#include "frontend/usage_error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <memory>
#include <unistd.h>

namespace calque {

namespace {

using Text = const std::string&;

struct ImageJob {
    std::function<int(ImageJob&)> work;
    NewDiskImage image;
    std::optional<DiskImageFormat> format;         ///< of the new image
    std::optional<DiskImageFormat> source_format;  ///< or of the image to look at
    std::string source;
    bool json = false;
    bool show_progress = false;
};

DiskImageFormat parse_format(Text text) {
    if (const auto format = disk_image_format(text)) return *format;
    throw UsageError(fmt::format("\"{}\" is not a format (raw, qcow2)", text));
}

/// What the user said or else what the image's name, or its having a backing file, says.
DiskImageFormat format_of(const ImageJob& job) {
    if (job.format) return *job.format;
    const bool named = job.image.path.ends_with(".qcow2") || job.image.path.ends_with(".qcow");
    return named || !job.image.backing_file.empty() ? DiskImageFormat::qcow2 : DiskImageFormat::raw;
}

void set_property(Text name, Text value, NewDiskImage& image) {
    if (name == "cluster_size")
        image.cluster_size = parse_size(value);
    else if (name == "backing_file")
        image.backing_file = value;
    else if (name == "backing_fmt")
        image.backing_format = name_of(parse_format(value));
    else
        throw UsageError(
            fmt::format("\"{}\" is not a property (cluster_size, backing_file, backing_fmt)", name));
}

void set_properties(Text text, NewDiskImage& image) {
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find(',', start), text.size());
        const std::string property = text.substr(start, end - start);
        const std::size_t sign = property.find('=');
        if (sign == std::string::npos) throw UsageError(fmt::format("\"{}\" is not NAME=VALUE", property));
        set_property(property.substr(0, sign), property.substr(sign + 1), image);
        start = end + 1;
    }
}

int create(ImageJob& job) {
    job.image.format = format_of(job);
    create_disk_image(job.image);
    return exit_status::success;
}

/// A share in per cent on a terminal's line.
void show_share(double share) { fmt::print(stderr, "\r{:6.2f} %", 100 * share); }

int convert(ImageJob& job) {
    const auto from = open_disk_image(job.source, {.read_only = true, .format = job.source_format});
    job.image.format = format_of(job);
    const bool shows = job.show_progress && isatty(STDERR_FILENO);
    convert_disk_image(*from, job.image, [shows](double share) {
        if (shows) show_share(share);
    });
    if (shows) fmt::print(stderr, "\r{:8}\r", "");
    return exit_status::success;
}

nlohmann::ordered_json as_json(const DiskImageInfo& info, Text path) {
    nlohmann::ordered_json json;
    json["filename"] = path;
    json["format"] = name_of(info.format);
    json["virtual-size"] = info.virtual_size;
    json["actual-size"] = info.actual_size;
    if (info.format == DiskImageFormat::raw) return json;
    json["cluster-size"] = info.cluster_size;
    json["dirty-flag"] = info.dirty;
    if (!info.backing_file.empty()) {
        json["backing-filename"] = info.backing_file;
        json["full-backing-filename"] = info.backing_path;
    }
    if (!info.backing_format.empty()) json["backing-filename-format"] = info.backing_format;
    json["snapshots"] = info.snapshots;
    json["format-specific"] = {{"type", "qcow2"}, {"data", {{"compat", info.version == 2 ? "0.10" : "1.1"}}}};
    return json;
}

/// As people count: three digits and a unit.
std::string with_unit(std::uint64_t bytes) {
    static constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    auto number = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; number >= 1000 && unit + 1 < units.size(); ++unit) number /= 1024;
    return fmt::format("{:.3g} {}", number, units[unit]);
}

void print_info(const DiskImageInfo& info, Text path) {
    fmt::print("image: {}\nfile format: {}\n", path, name_of(info.format));
    fmt::print("virtual size: {} ({} bytes)\n", with_unit(info.virtual_size), info.virtual_size);
    fmt::print("disk size: {}\n", with_unit(info.actual_size));
    if (info.format == DiskImageFormat::raw) return;
    fmt::print("cluster_size: {}\n", info.cluster_size);
    if (info.dirty) fmt::print("cleanly shut down: no\n");
    if (!info.backing_file.empty())
        fmt::print("backing file: {} (actual path: {})\n", info.backing_file, info.backing_path);
    if (!info.backing_format.empty()) fmt::print("backing file format: {}\n", info.backing_format);
    if (info.snapshots) fmt::print("snapshots: {}\n", info.snapshots);
    fmt::print("compat: {}\n", info.version == 2 ? "0.10" : "1.1");
}

int tell(ImageJob& job) {
    const DiskImageInfo info = inspect_disk_image(job.source);
    if (job.json)
        fmt::print("{}\n", as_json(info, job.source).dump(4));
    else
        print_info(info, job.source);
    return exit_status::success;
}

CLI::App& add_subcommand(CLI::App& app, const char* name, const char* summary, ImageJob& job,
                         int (*work)(ImageJob&)) {
    CLI::App& command = *app.add_subcommand(name, summary);
    command.callback([&job, work] { job.work = work; });
    return command;
}

void declare_new_image(CLI::App& command, ImageJob& job, const char* format_option) {
    add_parsed_option(
        command, format_option, [&job](Text text) { job.format = parse_format(text); },
        "raw or qcow2 (by the name: qcow2 for *.qcow2)", "FORMAT");
    add_parsed_option(
        command, "-o", [&job](Text text) { set_properties(text, job.image); },
        "Properties of qcow2: cluster_size=SIZE, and backing_file=FILE, backing_fmt=FORMAT",
        "NAME=VALUE,...");
}

void declare_create(CLI::App& app, ImageJob& job) {
    CLI::App& command = add_subcommand(app, "create", "Make an image that takes no room yet", job, create);
    declare_new_image(command, job, "-f");
    command.add_option("-b", job.image.backing_file, "The image below: what is not written is read from it")
        ->type_name("FILE");
    add_parsed_option(
        command, "-F", [&job](Text text) { job.image.backing_format = name_of(parse_format(text)); },
        "Its format (by its content)", "FORMAT");
    command.add_option("image", job.image.path, "The new image")->type_name("IMAGE")->required();
    add_parsed_option(
        command, "size", [&job](Text text) { job.image.size = parse_size(text); },
        "Bytes, or with K, M, G or T (that of the image below)", "SIZE");
}

void declare_convert(CLI::App& app, ImageJob& job) {
    CLI::App& command =
        add_subcommand(app, "convert", "Copy an image; zeros take no room in the copy", job, convert);
    add_parsed_option(
        command, "-f", [&job](Text text) { job.source_format = parse_format(text); },
        "Of what there is: raw or qcow2 (by content)", "FORMAT");
    declare_new_image(command, job, "-O");
    command.add_flag("-p", job.show_progress, "Show on a terminal how far it is");
    command.add_option("source", job.source, "What there is")->type_name("IMAGE")->required();
    command.add_option("image", job.image.path, "The new image, replaced if it exists")
        ->type_name("IMAGE")
        ->required();
}

void declare_info(CLI::App& app, ImageJob& job) {
    CLI::App& command = add_subcommand(app, "info", "Tell what an image is", job, tell);
    command.add_flag("--json", job.json, "As JSON");
    const auto set_output = [&job](Text text) {
        if (text != "json" && text != "human")
            throw UsageError(fmt::format("\"{}\" is not human or json", text));
        job.json = text == "json";
    };
    add_parsed_option(command, "--output", set_output, "human or json, as qemu-img takes it", "FORM");
    command.add_option("image", job.source, "The image")->type_name("IMAGE")->required();
}

}  // namespace

std::function<int()> declare_image(CLI::App& app) {
    const auto job = std::make_shared<ImageJob>();
    declare_create(app, *job);
    declare_convert(app, *job);
    declare_info(app, *job);
    return [job] {
        if (!job->work) throw UsageError("image needs one of create, convert or info");
        return job->work(*job);
    };
}

}  // namespace calque
