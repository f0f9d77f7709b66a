#include "core/file.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <csignal>
#include <vector>

#include "tests/core/gzip.h"
#include "tests/core/temp_folder.h"

using namespace basin;
using doctest::Contains;

namespace {

// While it lives no file may grow beyond `bytes`: what a full disk looks like to the writer.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

std::string noise(std::size_t n) {
  std::string bytes(n, '\0');
  unsigned x = 1;
  for (char& c : bytes) c = char((x = x * 1664525 + 1013904223) >> 24);
  return bytes;
}

}  // namespace

TEST_CASE("a written file reads back byte for byte, whatever its length") {
  const TempFolder folder;
  for (std::size_t n : {0, 1, 65535, 65536, 65537, 300000}) {
    const std::string bytes = noise(n);
    write_atomically(folder / "f", bytes);
    CHECK(read_file(folder / "f") == bytes);
  }
  CHECK(folder.n_files() == 1);
}

TEST_CASE("a file that cannot be read is a data error that says which and what to do") {
  const TempFolder folder;
  CHECK_THROWS_WITH_AS(read_file(folder / "none"), Contains("none: No such file"), DataError);
  CHECK_THROWS_WITH_AS(read_file("not/here"), Contains("relative to the current folder"), DataError);
  CHECK_THROWS_WITH_AS(read_file(folder.path()), Contains("it is a folder; help: name a file in it"), DataError);
  CHECK_THROWS_WITH_AS(read_file("/dev/zero"), Contains("it is a device"), DataError);
  CHECK_THROWS_WITH_AS(read_file(folder.with("f", "x") + "/g"), Contains("Not a directory"), DataError);
}

TEST_CASE("a pipe and a socket are refused at once, writer or not") {
  const TempFolder folder;
  const std::string pipe = folder / "pipe", link = folder / "link";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(read_file(pipe), Contains("it is a pipe; help: save what comes out of it"), DataError);
  std::filesystem::create_symlink(pipe, link);
  CHECK_THROWS_WITH_AS(read_file(link), Contains("it is a pipe"), DataError);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string path = folder / "socket";
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK_THROWS_WITH_AS(read_file(path), Contains("it is a socket"), DataError);
  close(socket);
}

TEST_CASE("whether a file can be written is known before, and leaves nothing") {
  const TempFolder folder;
  CHECK_NOTHROW(require_writable(folder / "f"));
  CHECK(folder.n_files() == 0);
  CHECK_THROWS_WITH_AS(require_writable(folder / "no/f"), Contains("help: create the folder"), StorageError);
  CHECK_THROWS_WITH_AS(require_writable(folder.path()), Contains("it is a folder"), StorageError);
}

TEST_CASE("folders are made with those above them, or the error says why not") {
  const TempFolder folder;
  make_folders(folder / "a/b");
  CHECK_NOTHROW(make_folders(folder / "a/b"));
  CHECK(std::filesystem::is_directory(folder / "a/b"));
  CHECK_THROWS_WITH_AS(make_folders(folder.with("f", "x") + "/g"), Contains("/f/g: Not a directory; help: "),
                       StorageError);
}

TEST_CASE("writing replaces the old file and gives it the usual permissions") {
  const TempFolder folder;
  const std::string path = folder.with("f", "old and longer");
  write_atomically(path, "new");
  CHECK(read_file(path) == "new");
  const mode_t mask = umask(0);
  umask(mask);
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == (0666 & ~mask));
}

TEST_CASE("a full disk is an error that names the file, and leaves the old one and nothing else") {
  const TempFolder folder;
  const std::string path = folder.with("f", "old");
  {
    const FileSizeLimit limit(1000);
    CHECK_THROWS_WITH_AS(write_atomically(path, noise(5000)), Contains(("cannot write " + path).c_str()), StorageError);
  }
  CHECK(read_file(path) == "old");
  CHECK(folder.n_files() == 1);
}

TEST_CASE("a folder that takes no files is an error with the system's reason") {
  const TempFolder folder;
  CHECK_THROWS_WITH_AS(write_atomically(folder / "no/f", "x"), Contains("No such file or directory; help: "), Error);
  CHECK_THROWS_WITH_AS(write_atomically(folder.with("f", "x") + "/g", "x"), Contains("Not a directory"), Error);
  CHECK_THROWS_WITH_AS(write_atomically(folder.path(), "x"), Contains("it is a folder"), Error);
  CHECK_THROWS_WITH_AS(write_atomically("/dev/null", "x"), Contains("it is a device"), Error);
  CHECK(folder.n_files() == 1);
}

TEST_CASE("a folder without write permission is an error") {
  if (geteuid() == 0) return;  // the superuser may write anywhere
  const TempFolder folder;
  chmod(folder.path().c_str(), 0555);
  CHECK_THROWS_WITH_AS(write_atomically(folder / "f", "x"), Contains("Permission denied"), StorageError);
  chmod(folder.path().c_str(), 0755);
}

TEST_CASE("gunzip gives back what was packed, one member or several") {
  for (std::size_t n : {0, 1, 65536, 200000}) CHECK(gunzip(gzip(noise(n)), n, "x.gz") == noise(n));
  CHECK(gunzip(gzip("one ") + gzip("") + gzip("two"), 100, "x.gz") == "one two");
}

TEST_CASE("every truncation of gzip data is an error") {
  const std::string packed = gzip(noise(300));
  for (std::size_t n = 0; n < packed.size(); ++n)
    CHECK_THROWS_WITH_AS(gunzip(packed.substr(0, n), 1000, "x.gz"), Contains("x.gz: gzip data is truncated"),
                         DataError);
}

TEST_CASE("gunzip refuses other data, damage, rubbish behind it, and more than the cap") {
  CHECK_THROWS_WITH_AS(gunzip("plain text", 100, "x.gz"), Contains("x.gz: not valid gzip data"), DataError);
  std::string damaged = gzip(noise(300));
  damaged[damaged.size() - 6] ^= 1;  // in the checksum
  CHECK_THROWS_WITH_AS(gunzip(damaged, 1000, "x.gz"), Contains("incorrect data check"), DataError);
  CHECK_THROWS_AS(gunzip(gzip("x") + "rubbish", 1000, "x.gz"), DataError);
  const std::string bomb = gzip(std::string(10'000'000, '\0'));
  CHECK(bomb.size() < 20000);
  CHECK_THROWS_WITH_AS(gunzip(bomb, 1'000'000, "x.gz"), Contains("more than 1000000 bytes"), DataError);
}

TEST_CASE("the hash is 64-bit FNV-1a, by its published values") {
  CHECK(fnv1a64_hex("") == "cbf29ce484222325");
  CHECK(fnv1a64_hex("a") == "af63dc4c8601ec8c");
  CHECK(fnv1a64_hex("foobar") == "85944171f73967e8");
}

TEST_CASE("an excerpt is short, printable and whole in its characters") {
  CHECK(excerpt("abc") == "'abc'");
  CHECK(excerpt(std::string_view("a\0\nb\x7f", 5)) == "'a??b?'");
  CHECK(excerpt(std::string(50, 'x')) == "'" + std::string(40, 'x') + "…'");
  CHECK(excerpt("x" + std::string(39, 'y') + "é") == "'x" + std::string(39, 'y') + "…'");
  CHECK(excerpt(std::string(39, 'y') + "éé") == "'" + std::string(39, 'y') + "…'");
}
