// SPDX-License-Identifier: MIT
#include "formats/plan.h"

#include "formats/qcow2.h"
#include "formats/raw_disk.h"
#include "formats/se_sparse.h"
#include "formats/vdi.h"
#include "formats/vhd.h"
#include "formats/vhdx.h"
#include "formats/vmdk.h"

namespace rimfs::formats {
namespace {

/// More than any chain of tables needs: an MBR, 16 logical partitions, and three tables of a volume.
constexpr unsigned kMostSteps = 24;
/// The limits of the bytes to fetch. Tables of a small image are small, unless its disk is huge and nearly empty; a map
/// or an inspection would then wait for each of them. A guest never needs all tables of a huge image.
constexpr ByteCount kLeast = 8_MiB;
constexpr ByteCount kMost = 16_MiB;
constexpr std::uint64_t kShare = 100;

struct Format {
  std::string_view name;
  bool (*tables)(Survey&);
};
constexpr Format kFormats[] = {
    {"qcow2", qcow2_tables}, {"VMDK", vmdk_tables}, {"seSparse VMDK", se_sparse_tables}, {"VHD", vhd_tables},
    {"VHDX", vhdx_tables},   {"VDI", vdi_tables},   {"raw disk", raw_disk_tables},
};

}  // namespace

std::vector<Want> Plan::next() {
  if (++steps_ > kMostSteps) return {};
  survey_.begin_step();
  for (const Format& format : kFormats) {
    if (!format.tables(survey_)) continue;
    format_ = format.name;
    break;
  }
  return survey_.take_wants();
}

Limits limits_of(ByteCount size, ByteCount memory, ByteCount unit, ByteCount block) {
  return {std::clamp(size / kShare, kLeast, kMost), unit, block, memory.value / block.value};
}

}  // namespace rimfs::formats
