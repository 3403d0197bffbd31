// SPDX-License-Identifier: MIT
// What replies for a file mean: one function for each check, from recorded exchanges to a finding. Pure.
//
// Sources of the expectations: RFC 9110 for web servers; for vSphere what clients of real vCenter and ESXi servers rely
// on (migration tools, virt-v2v, govmomi, libvirt), see README.md.
#pragma once

#include <vector>

#include "base/units.h"
#include "doctor/recording.h"
#include "doctor/row.h"

namespace rimfs::doctor {

/// The kind of server that an expectation is for.
enum class Server { web, vsphere };

/// The reply in one phrase: "206, bytes 0-0/523, 1 byte", or why there was none.
std::string shown(const http::ExchangeRecord& record);
/// The length of a file, from the Content-Range of a reply to a range; nothing when it does not tell.
std::optional<ByteCount> size_from(const http::ExchangeRecord& record);

/// The certificate and whether it is accepted.
Finding judge_certificate(const http::ExchangeRecord& record, bool insecure, bool pinned);
/// Versions of HTTP and TLS.
Finding judge_connection(const http::ExchangeRecord& record);

/// bytes=0-0.
Finding judge_first_byte(const http::ExchangeRecord& record);
/// How the body of that reply ends: rimfs uses bytes as they arrive only with a Content-Length.
Finding judge_framing(const http::ExchangeRecord& record);
/// bytes=0-(size-1).
Finding judge_whole_range(const http::ExchangeRecord& record, ByteCount size, Server server);
/// A range that begins inside the file at `first` and passes its end.
Finding judge_past_end(const http::ExchangeRecord& record, ByteCount first, ByteCount size);
/// A range that begins at the end.
Finding judge_at_end(const http::ExchangeRecord& record);
/// bytes=-count.
Finding judge_suffix(const http::ExchangeRecord& record, ByteCount count, ByteCount size);
/// A range with If-Range. `has_tag`: it carried the file's strong entity tag, otherwise a made-up one.
Finding judge_if_range(const http::ExchangeRecord& record, bool has_tag);
/// HEAD.
Finding judge_head(const http::ExchangeRecord& record, ByteCount size);
/// Two replies for the same range.
Finding judge_validators(const http::ExchangeRecord& one, const http::ExchangeRecord& two, Server server);
/// A file that is not there.
Finding judge_unknown_file(const http::ExchangeRecord& record);
/// The exchanges of an examination: how many went over one connection.
Finding judge_keep_alive(const std::vector<Record>& records);
/// Requests that were sent at once.
Finding judge_parallel(const std::vector<Record>& records);

}  // namespace rimfs::doctor
