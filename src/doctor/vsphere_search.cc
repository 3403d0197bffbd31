// SPDX-License-Identifier: MIT
#include "doctor/vsphere_search.h"

#include <fmt/format.h>

#include "base/work.h"
#include "catalog/entry_list.h"
#include "catalog/vsphere/conversation.h"

namespace rimfs::doctor {
namespace {

namespace vsphere = catalog::vsphere;

/// A search takes up to several seconds.
constexpr std::chrono::seconds kLongestSearch{15};
constexpr std::chrono::milliseconds kPoll{250};
constexpr std::chrono::milliseconds kSlowestPoll{2000};

/// Gathers what the records of a reply tell, within the limits of a listing.
vsphere::Records gather(std::vector<vsphere::FoundFile>& found) {
  return vsphere::file_records([&found](vsphere::FoundFile file) {
    count_work(1);
    if (found.size() >= catalog::ListingLimits().entries) {
      throw Error(ErrorKind::corrupt, fmt::format("the listing has more than {} entries", found.size()));
    }
    found.push_back(std::move(file));
  });
}

}  // namespace

std::string search_without_query(const vsphere::Reference& browser, const std::string& path) {
  return fmt::format(
      "<SearchDatastore_Task xmlns=\"urn:vim25\"><_this type=\"{}\">{}</_this><datastorePath>{}</datastorePath>"
      "<searchSpec><details><fileType>true</fileType><fileSize>true</fileSize><modification>true</modification>"
      "<fileOwner>true</fileOwner></details><matchPattern>*</matchPattern></searchSpec></SearchDatastore_Task>",
      vsphere::xml_escape(browser.type), vsphere::xml_escape(browser.value), vsphere::xml_escape(path));
}

reactor::Task<std::vector<vsphere::FoundFile>> run_search(Examination& examination,
                                                          std::shared_ptr<vsphere::Session> session,
                                                          std::string request) {
  std::vector<vsphere::FoundFile> found;
  const vsphere::Document started = co_await session->call(std::move(request));
  const vsphere::Reference task = vsphere::read_reference(started);
  const auto end = examination.loop.now() + kLongestSearch;
  vsphere::TaskState state;
  state.progress = vsphere::TaskState::Progress::running;
  for (std::chrono::milliseconds pause = kPoll; state.progress == vsphere::TaskState::Progress::running;) {
    found.clear();
    const vsphere::Records files = gather(found);
    vsphere::Conversation conversation("a search", examination.loop.now());
    const vsphere::Document reply =
        co_await session->call(vsphere::retrieve_task(session->service(), task), files, conversation);
    state = vsphere::read_task(reply);
    if (state.progress != vsphere::TaskState::Progress::running) break;
    if (examination.loop.now() > end || examination.loop.is_sleepless()) {
      co_await session->call(vsphere::cancel_task(task));
      throw Error(ErrorKind::timed_out, fmt::format("the search did not end within {} s", kLongestSearch.count()));
    }
    co_await examination.loop.sleep(pause);
    pause = std::min(pause * 2, kSlowestPoll);
  }
  if (state.progress == vsphere::TaskState::Progress::error) {
    throw Error(ErrorKind::unsupported, fmt::format("the task: {} ({})", state.fault.sentence, state.fault.type));
  }
  co_return found;
}

}  // namespace rimfs::doctor
