#include "oxingest/state_directory.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "common/base/uuid.h"
#include "common/ingest/file_spec.h"

namespace ox {
namespace {

constexpr char kProgram[] = "oxingest";
constexpr std::size_t kMaxReadable = 48;
constexpr std::size_t kHashDigits = 16;
// Names of journals are derived in this name space (RFC 4122, section 4.3).
constexpr char kNameSpace[] = "5b0c2f0e-6a54-4a53-9d0a-3c8f6f3f7f10";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The XDG base directory specification has paths that are not absolute ignored.
bool is_absolute(const std::string& path) { return path.starts_with('/'); }

// The budget is kept by freeing whole segments: it needs several of them.
std::uint64_t segment_bytes(const IngestOptions& options) {
  return std::min(FileJournalOptions().segment_bytes, options.spool_disk / 4);
}

Status explain(const Status& status, const std::string& path, const std::string& directory) {
  if (status.code() == Code::kExists)
    return Status(Code::kExists, fmt::format("{} is followed by another oxingest already: {}", path,
                                             status.message()));
  // Not kNotFound, which speaks of the file itself.
  Code code = status.code() == Code::kNotFound ? Code::kIo : status.code();
  return Status(code, fmt::format("cannot keep the state of {} in --state-dir {}: {}", path,
                                  directory, status.message()));
}

}  // namespace

Result<std::string> usual_state_directory() {
  std::string of_service = environment("STATE_DIRECTORY");
  of_service.resize(std::min(of_service.find(':'), of_service.size()));
  if (is_absolute(of_service)) return of_service;
  std::string of_user = environment("XDG_STATE_HOME");
  if (is_absolute(of_user)) return join_path(of_user, kProgram);
  if (::geteuid() == 0) return join_path("/var/lib", kProgram);
  std::string home = environment("HOME");
  if (is_absolute(home)) return join_path(join_path(home, ".local/state"), kProgram);
  return Status(Code::kInvalid,
                "there is no home directory to keep state in: give --state-dir DIR, or off");
}

std::string journal_name(const std::string& absolute_path) {
  std::string readable = base_name(absolute_path).substr(0, kMaxReadable);
  for (char& c : readable) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '.' || c == '_' || c == '-';
    if (!plain) c = '_';
  }
  std::string hash;
  Uuid id = Uuid::derived(Uuid::parse(kNameSpace).value(), absolute_path);
  for (char byte : id.view()) hash += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return readable + "-" + hash.substr(0, kHashDigits);
}

Result<IngestState> IngestState::open(FileSystem& fs, const IngestOptions& options,
                                      const Clock& clock) {
  IngestState state;
  if (!options.keeps_state()) return state;
  state.directory = options.state_dir;
  if (state.directory.empty()) {
    OX_ASSIGN_OR_RETURN(state.directory, usual_state_directory());
  }
  state.directory = absolute_path(state.directory);
  FileJournalOptions journal_options;
  journal_options.segment_bytes = segment_bytes(options);
  for (const FileSpec& file : options.files) {
    std::string path = absolute_path(file.path);
    std::string directory = join_path(state.directory, journal_name(path));
    // A path that was never there is a mistake, and no reason to make anything.
    if (!fs.info(directory).ok()) OX_RETURN_IF_ERROR(fs.info(path).status());
    auto journal = FileJournal::open(fs, directory, path, clock, journal_options);
    if (!journal.ok()) return explain(journal.status(), file.path, state.directory);
    // Over the link only: nobody could tell when they have arrived.
    if (options.v3 && (*journal)->recovered_batches() > 0)
      return Status(
          Code::kInvalid,
          fmt::format("{} events of {} wait in {} for an oxd with a link: send them "
                      "without --v3 first",
                      (*journal)->recovered_events(), file.path, (*journal)->directory()));
    state.journals.push_back(std::move(*journal));
  }
  return state;
}

Result<IngestState> IngestState::open_spool(FileSystem& fs, const IngestOptions& options,
                                            const Clock& clock) {
  IngestState state;
  if (options.spool_path.empty()) return state;
  state.directory = absolute_path(options.spool_path);
  FileJournalOptions journal_options;
  journal_options.segment_bytes = segment_bytes(options);
  auto journal =
      FileJournal::open(fs, join_path(state.directory, "events"), "", clock, journal_options);
  if (!journal.ok()) return journal.status().at("--spool-path " + options.spool_path);
  state.journals.push_back(std::move(*journal));
  return state;
}

}  // namespace ox
