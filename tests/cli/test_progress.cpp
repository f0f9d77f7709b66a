#include <doctest/doctest.h>

#include "experiments/cli/progress.h"

using basin::experiments::Progress;
using basin::experiments::ProgressDevice;

namespace {

struct Fake {
  std::string shown;
  double time = 100;
  int looks = 0;
  ProgressDevice device(bool terminal) {
    ProgressDevice d;
    d.terminal = terminal;
    d.width = 100;
    d.write = [this](std::string_view text) { shown += text; };
    d.now = [this] { return ++looks, time; };
    return d;
  }
  long lines() const { return std::count(shown.begin(), shown.end(), '\n'); }
};

}  // namespace

TEST_CASE("without a terminal there is a line every ten seconds and one at the end") {
  Fake fake;
  Progress progress("epoch", 100, false, fake.device(false));
  for (int i = 1; i <= 50; ++i) {
    fake.time += 0.5;
    progress.update(i, 0.25);
  }
  CHECK(fake.lines() == 2);
  CHECK(fake.shown.find("epoch 20/100  20%  loss 0.25  2.00 it/s  ETA 40s\n") != std::string::npos);
  progress.finish(50, 0.125);
  CHECK(fake.lines() == 3);
  CHECK(fake.shown.ends_with("epoch 50/100  50%  loss 0.125  2.00 it/s  took 25s\n"));
  CHECK(fake.shown.find('\r') == std::string::npos);
  CHECK(fake.shown.find('\033') == std::string::npos);
}

TEST_CASE("on a terminal a bar is redrawn in place, at most ten times a second") {
  Fake fake;
  {
    Progress progress("step", 1000, false, fake.device(true));
    for (int i = 1; i <= 500; ++i) {
      fake.time += 0.01;
      progress.update(i);
    }
    long draws = std::count(fake.shown.begin(), fake.shown.end(), '\r');
    CHECK(draws >= 30);
    CHECK(draws <= 50);
    CHECK(fake.shown.find("█") != std::string::npos);
    CHECK(fake.shown.find("ETA") != std::string::npos);
    CHECK(fake.shown.find("loss") == std::string::npos);
    CHECK(fake.lines() == 0);
  }
  CHECK(fake.lines() == 1);  // left on a fresh line although it was never finished
}

TEST_CASE("a narrow terminal is not overrun") {
  Fake fake;
  ProgressDevice device = fake.device(true);
  device.width = 30;
  Progress progress("a long label for a step", 10, false, device);
  progress.finish(10);
  std::string text = fake.shown.substr(1, fake.shown.find('\033') - 1);
  CHECK(std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }) == 29);
}

TEST_CASE("quiet shows nothing") {
  Fake fake;
  Progress progress("step", 10, true, fake.device(true));
  for (int i = 1; i <= 1000; ++i) fake.time += 1, progress.update(i);
  progress.finish(1000);
  CHECK(fake.shown.empty());
}

TEST_CASE("fast loops hardly ever look at the clock") {
  Fake fake;
  Progress progress("step", 10'000'000, false, fake.device(true));
  for (int i = 1; i <= 10'000'000; ++i) {
    fake.time += 1e-6;
    progress.update(i);
  }
  CHECK(fake.looks < 5000);  // 10 s in looks of about 4 ms
  CHECK(fake.looks > 1000);
}

TEST_CASE("an unknown total shows the count, and a resumed count its own rate") {
  Fake fake;
  Progress progress("draws", 0, false, fake.device(false));
  for (int i = 501; i <= 520; ++i) {
    fake.time += 1;
    progress.update(i);
  }
  CHECK(fake.shown.starts_with("draws 510  1.00 it/s\n"));
}
