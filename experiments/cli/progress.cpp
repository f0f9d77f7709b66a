#include "experiments/cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "experiments/cli/terminal.h"

namespace basin::experiments {
namespace {

constexpr double look_every = 0.004, redraw_every = 0.1, line_every = 10;  // seconds
constexpr std::int64_t max_stride = 1 << 20;

int terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string duration(double seconds) {
  auto s = std::int64_t(std::llround(seconds));
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
  return fmt::format("{}h{:02}m", s / 3600, s / 60 % 60);
}

std::string rate_text(double per_second) {
  if (per_second >= 1e6) return fmt::format("{:.2f}M it/s", per_second / 1e6);
  if (per_second >= 1e3) return fmt::format("{:.1f}k it/s", per_second / 1e3);
  return fmt::format("{:.{}f} it/s", per_second, per_second < 10 ? 2 : 0);
}

std::string bar(double fraction) {
  constexpr int cells = 20;
  static const char* const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  int filled = std::clamp(int(fraction * cells * 8), 0, cells * 8);
  std::string text;
  for (int i = 0; i < filled / 8; ++i) text += "█";
  text += eighths[filled % 8];
  text.append(std::size_t(cells - filled / 8 - (filled % 8 != 0)), ' ');
  return "▕" + text + "▏";
}

std::string shortened(std::string text, int width) {
  std::size_t columns = 0, at = 0;
  while (at < text.size() && columns < std::size_t(std::max(width - 1, 1))) {
    ++at;
    while (at < text.size() && (text[at] & 0xC0) == 0x80) ++at;
    ++columns;
  }
  text.resize(at);
  return text;
}

}  // namespace

ProgressDevice stderr_device() {
  ProgressDevice device;
  device.terminal = is_terminal(stderr);
  device.width = device.terminal ? terminal_width() : 100;
  device.write = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); };
  device.now = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  return device;
}

Progress::Progress(std::string label, std::int64_t total, bool quiet, ProgressDevice device)
    : label_(std::move(label)), total_(total), quiet_(quiet), device_(std::move(device)) {
  start_ = last_look_ = last_shown_ = device_.now();
  if (quiet_) calls_to_skip_ = std::numeric_limits<std::int64_t>::max();
}

Progress::~Progress() {
  if (line_open_) device_.write("\n");
}

// The stride between two looks follows the pace of the calls, at most doubling, so that a burst cannot hide a stall.
void Progress::look_at_clock(std::int64_t done, double loss) {
  if (quiet_) return;
  double time = device_.now(), passed = time - last_look_;
  if (!started_) {  // a resumed run starts in the middle: the rate counts from here
    started_ = true;
    first_done_ = std::max<std::int64_t>(done - 1, 0);
  }
  stride_ = passed > look_every ? std::max<std::int64_t>(1, std::int64_t(double(stride_) * look_every / passed))
                                : std::min(stride_ * 2, max_stride);
  calls_to_skip_ = stride_;
  last_look_ = time;
  if (time - last_shown_ >= (device_.terminal ? redraw_every : line_every)) draw(done, loss, time, false);
}

void Progress::finish(std::int64_t done, double loss) {
  if (!quiet_) draw(done, loss, device_.now(), true);
}

std::string Progress::line(std::int64_t done, double loss, double time, bool last) const {
  double seconds = std::max(time - start_, 1e-9), rate = double(done - first_done_) / seconds;
  double fraction = total_ > 0 ? std::min(1.0, double(done) / double(total_)) : 0;
  std::string text = label_ + " ";
  if (device_.terminal && total_ > 0) text += bar(fraction) + " ";
  if (total_ > 0)
    text += fmt::format("{}/{} {:3.0f}%", done, total_, std::floor(100 * fraction));
  else
    text += fmt::format("{}", done);
  if (!std::isnan(loss)) text += fmt::format("  loss {:.4g}", loss);
  text += "  " + rate_text(rate);
  if (last) return text + "  took " + duration(seconds);
  if (total_ > 0 && rate > 0) text += "  ETA " + duration(double(total_ - std::min(done, total_)) / rate);
  return text;
}

void Progress::draw(std::int64_t done, double loss, double time, bool last) {
  std::string text = line(done, loss, time, last);
  if (device_.terminal) {
    device_.write("\r" + shortened(text, device_.width) + "\033[K" + (last ? "\n" : ""));
    line_open_ = !last;
  } else {
    device_.write(text + "\n");
  }
  last_shown_ = time;
}

}  // namespace basin::experiments
