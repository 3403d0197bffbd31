# SPDX-License-Identifier: MIT
"""Which system tests run again under the sanitizers and as an ordinary user. contrib/test --all runs all of them there.

The optimised build runs the system tests, all but ONLY_WITH_ALL, and the sanitizers run every unit test. What a system test
adds to those under a sanitizer are threads, requests of the kernel's, real sockets and ends in the middle of work; what an
ordinary user adds are rights, fusermount3 and a kernel that reads ahead less. Each file has a row here, so that a new one is decided on.
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass

EVERY = ("*",)
NONE: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """Tests of a file by name without "test_", or by name and the beginning of their parameters: "name[vpx". `*` stands
    for anything. `reason` tells why nothing or not all is run."""

    sanitizer: tuple[str, ...]
    user: tuple[str, ...]
    reason: str = ""


NO_PROGRAM = "it does not run rimfs, or only to print a text"
START = "what happens before the first thread and the first request has unit tests, and one code path here"
SERVER = "what the server answers does not depend on who mounts"
SIMILAR = "the rows left out take the same path with other values, which unit tests compare"

ROWS = {
    "archives": Row(EVERY, ("a_member_of_an*", "the_index*"), SIMILAR),
    "attributes": Row(EVERY, EVERY),
    "bad_replies": Row(EVERY, NONE, SERVER),
    "bench": Row(NONE, NONE, NO_PROGRAM),
    "cache_command": Row(("what_a_mount_uses*", "verify_finds*", "stores_of*"), EVERY, SIMILAR),
    "changes": Row(EVERY, ("a_new_open_sees*", "an_open_handle_gets_estale*"), SERVER),
    "compressed_images": Row(("a_compressed*", "a_block*", "a_tar*", "a_damaged*", "the_content*"), ("the_content_and*",), SIMILAR),
    "config": Row(NONE, ("*file*",), START),
    "conversion": Row(("qemu_converts_a_chain*", "a_machine_boots*"), ("qemu_converts_a_chain*",), SIMILAR),
    "deadline": Row(("a_read_ends_at_the_deadline[hangs-*-128]", "a_read_ends_at_the_deadline[drips-*]",
                     "what_just_failed*", "a_server_that_is_well_again*", "waiting_for*", "an_open_ends*", "lookups*"),
                    ("a_read_ends_at_the_deadline[hangs-*-128]", "lookups*"), SIMILAR),
    "descriptors": Row(NONE, EVERY, START),
    "disk_cache": Row(("a_torn_index*", "kill_at_random*", "two_mounts*", "a_full_disk*", "a_directory_that_vanishes*",
                       "small_random_reads*", "zeros_take*", "a_changed_file*", "flipped_bits*", "a_mount_that_ends*"),
                      ("a_directory*", "the_cache_is_for*", "a_full_disk*", "two_mounts_share*", "what_was_read*",
                       "a_mount_that_ends*"), SIMILAR),
    "doctor": Row(("a_server_as_expected", "a_signal*", "a_report_holds*", "a_wrong*"), ("a_report*",), SIMILAR),
    "errors": Row(("silence*", "an_answer*", "a_login_that_expires*", "a_folder_of_failing*", "a_server_that*"),
                  ("a_mountpoint*", "unmounting*", "a_ca_file*", "basic_with_the_password_in_a_file",
                   "a_status_that_no_retry_mends[404"), START),
    "extents": Row(("data_between*", "random_reads*", "a_changed_image*", "a_copy_of_a_mounted*", "zeros_that_only*"),
                   ("what_is_learned_shows*", "a_missing_map*", "known_zeros*"), SIMILAR),
    "fairness": Row(("readers_of_a_sick_server*hang*", "a_copy*", "where_a*", "what_the_disk*"), NONE, SIMILAR),
    "faults": Row(EVERY, NONE, SERVER),
    "fetch": Row(("a_copy_is_right*", "an_interrupt*", "kill*", "verify*", "a_file_of*", "fetching*", "without_a_file*"),
                 ("a_copy_is_right*", "an_interrupt*", "without_a_file*", "a_file_of*", "mistakes*"), SIMILAR),
    "files": Row(("several*", "every_size*", "an_odd*", "only_zeros*"), EVERY, SIMILAR),
    "foreign_text": Row(NONE, NONE, "printable() has unit tests and a fuzz target; " + START),
    "formats": Row(("every_byte*[extended*", "every_byte*[stream*", "broken*", "the_guests_map*",
                     "the_map_of_a_snapshot*"), NONE, SIMILAR),
    "freshness": Row(("a_read_gives*", "replies*"), NONE, SERVER),
    "hedging": Row(EVERY, NONE, SERVER),
    "hostile_files": Row(("a_file_that_is_cut*", "a_limit_of*", "a_vanished*", "kills*", "a_mount_writes*",
                          "an_identity*", "a_full_file*"), EVERY, SIMILAR),
    "http2": Row(EVERY, NONE, SERVER),
    "huge_files": Row(("the_largest_file*1M*", "a_stretch*", "a_folder*"), ("a_disk_that_cannot*",), SIMILAR),
    "identity": Row(("a_listing*", "cached_bytes*", "a_tag*"), NONE, "the keys are values, which unit tests compare"),
    "index": Row(("a_folder_is_listed_once*", "a_replaced*", "an_odd_page*", "a_folder_that_shows*", "an_inode*[nginx]"),
                 ("find_ls_cp_and_tar*[nginx]", "an_inode*[nginx]"), SERVER),
    "inherited": Row(NONE, EVERY, START),
    "integrity": Row(("sha256sum*", "dd*", "fio*"), ("sha256sum_agrees[https-1.1-1M]", "dd*[http-1.1-64K]", "fio*[mmap]"), SIMILAR),
    "large_listings": Row(("a_folder_that_lists_itself*", "the_status*"), NONE,
                          "memory and time are measured, of the optimised build"),
    "lifecycle": Row(("a_signal_ends_it_cleanly[SIGTERM", "a_signal_to*SIGTERM*", "a_signal_ends_it_while*", "a_log*",
                      "rimfs_umount*", "a_server*", "a_frozen*", "a_stat*", "a_reader*", "an_interrupted*",
                      "signals_that_a*", "two_mounts*", "an_unmount*"), EVERY, SIMILAR),
    "login_schemes": Row(("a_server_that_wants*", "a_server_of_windows*", "a_script_supplies*"), NONE, SIMILAR),
    "memory": Row(NONE, NONE, "a sanitizer's memory is its own; " + SERVER),
    "metalink": Row(("the_file_of*", "a_place_*"), NONE, SIMILAR),
    "mirrors": Row(("a_server_that_dies*", "errors*", "a_file_that_changes*", "when_all*", "an_open*", "refusals*"), NONE,
                   SIMILAR),
    "negotiate": Row(("a_folder_of*", "no_connection*", "without_a_ticket*"), ("a_folder_of*", "without_a_ticket*"), SIMILAR),
    "offline": Row(("prefetch*", "readers*", "a_mount_goes_on*", "a_file_that_changed*"), NONE, SIMILAR),
    "passing_faults": Row(("a_broken_reply*", "bytes_of*", "a_copy*", "a_status*[50*"), NONE, SIMILAR),
    "odd_listings": Row(NONE, NONE, SIMILAR),
    "odd_servers": Row(("a_server_that_misunderstands*", "a_longest*", "a_server_without*"), NONE, SERVER),
    "odd_validators": Row(("replies_that*", "a_user_who*"), NONE, SERVER),
    "prompt": Row(NONE, EVERY, START),
    "readme": Row(NONE, NONE, "each command stands for one that other files test in detail"),
    "redirectors": Row(("a_target*", "another_version*", "a_cookie*"), NONE, SERVER),
    "real_caches": Row(("a_file_that_changes*[nginx-slices]", "slices*"), NONE, SERVER),
    "real_servers": Row(("a_folder_has*[webfs]", "names*[iis]", "an_image*[haproxy*"), NONE, SERVER),
    "redirects": Row(("a_redirect_is_followed*", "an_expired*", "a_changed*"), NONE, SIMILAR),
    "rig": Row(NONE, NONE, NO_PROGRAM),
    "rig_index": Row(NONE, NONE, NO_PROGRAM),
    "rig_s3": Row(NONE, NONE, NO_PROGRAM),
    "rig_vsphere": Row(NONE, NONE, NO_PROGRAM),
    "rig_vsphere_content": Row(NONE, NONE, NO_PROGRAM),
    "rig_vsphere_folder": Row(NONE, NONE, NO_PROGRAM),
    "rig_vsphere_mixture": Row(NONE, NONE, NO_PROGRAM),
    "rig_vsphere_ranges": Row(NONE, NONE, NO_PROGRAM),
    "rig_vsphere_soap": Row(NONE, NONE, NO_PROGRAM),
    "run": Row(NONE, NONE, NO_PROGRAM),
    "s3": Row(("a_bucket_is*", "odd_keys*[path*", "keys_that*", "a_folder_of_many*[first*", "an_object_that*", "errors*"),
              ("a_bucket_is*",), SIMILAR),
    "s3_credentials": Row(("credentials_are*[a role of a role*", "credentials_are*[a process*", "credentials_that*", "many*",
                           "the_region*", "no_secret*"), ("the_secret_of*",), SIMILAR),
    "scripts": Row(EVERY, EVERY),
    "secrets": Row(NONE, EVERY, START),
    "several_sources": Row(("sources_are*", "the_first_failure*", "a_mount_begins*"), NONE, SIMILAR),
    "soak": Row(EVERY, NONE, SERVER),
    "status": Row(("status_counts*", "a_dead*", "map_tells*"), EVERY, SIMILAR),
    "tls": Row(("a_connection*", "a_certificate_that_changes*", "a_fingerprint_holds*", "the_variables_of_govc_log_in*"), NONE,
               SIMILAR),
    "traces": Row(("the_next_mount*", "two_mounts*", "a_trace_survives*", "a_file_that_changes*", "a_damaged*[binary]"),
                  ("a_folder*", "the_disk_caches_folder*"), SIMILAR),
    "traffic": Row(("concurrent*", "readers_at*", "a_walk*", "an_interrupted*", "a_copy_by*"),
                   ("a_sequential_read_fetches*", "concurrent*", "a_mount_costs*"), SIMILAR),
    "unprivileged": Row(NONE, NONE, "it becomes an ordinary user by itself"),
    "vms": Row(("thousands*None*", "a_server_that_is_gone*", "asking*"), ("machines_are_listed*[vpx*",), SIMILAR),
    "vsphere_behaviour": Row(("a_server_that_is_odd*", "a_session_that_dies*", "a_lock_in*", "a_missing_privilege*",
                              "files_of_a_datastore*"), ("a_file_of*",), SIMILAR),
    "vsphere": Row(("every_name*[vpx*", "a_replaced*", "the_disk_of*[vpx*", "new_and_removed*"),
                   ("a_server_shows*[vpx*",), SIMILAR),
    "vsphere_errors": Row(("an_inventory_without_end*", "a_server_that*"), NONE, SIMILAR),
    "vsphere_sessions": Row(("a_session_that*vpx*", "a_conversion*", "a_signal_ends*", "2000*vpx*", "a_server_that*",
                             "a_listing*vpx*", "a_logout*vpx*"), NONE, SIMILAR),
    "webdav": Row(("a_folder_has*[apache-slash", "a_single_file*[rclone", "a_login*", "hrefs*", "a_folder_that_changes*",
                   "a_hundred_thousand*"), ("a_single_file*[apache",), SIMILAR),
    "whole_files": Row(("a_file_is_downloaded*", "what_has*", "a_download*", "an_unmount*", "a_copy*"), NONE, SERVER),
    "wire": Row(("no_byte*", "a_fault*", "a_login_page*", "a_drip*", "chunks*", "slow_chunks*"), NONE, SERVER),
}


# Left out of "usual", which the optimised build runs without --all: test, and why nothing is lost.
ONLY_WITH_ALL = {
    ("conversion", "virt_v2v_converts*"): "boots an appliance for ten minutes. "
                                          "test_qemu_converts_a_chain* reads the same disks with the same driver",
    ("vsphere", "guestfish_reads*"): "boots an appliance for a minute. test_qemu_reads_a_disk_by_its_description reads the "
                                     "same descriptor with the same driver, test_guestfish_inspects_a_guest boots one",
}


def _matches(name: str, pattern: str) -> bool:
    """A bracket is a bracket. Parameters that a pattern does not name, or of which it names the beginning, may be any."""
    literal = pattern.replace("[", "[[]")
    any_end = "*" if "[" in pattern and not pattern.endswith("]") else ""
    return fnmatch.fnmatchcase(name, literal + any_end) or fnmatch.fnmatchcase(name, literal + "[[]*")


def select(subset: str, names: dict[str, list[str]], *, complete: bool = True) -> set[tuple[str, str]]:
    """File and test of those that belong to "usual", "sanitizer" or "user". `names`: all tests of each collected file, with
    their parameters, or some of them, which is not `complete`. A file without a row raises LookupError, and so does a pattern
    without a test in a complete file."""
    chosen = set()
    for file, tests in names.items():
        if file not in ROWS:
            raise LookupError(f"subsets.py has no row for test_{file}.py")
        left_out = [pattern for name, pattern in ONLY_WITH_ALL if name == file]
        for pattern in left_out if subset == "usual" else getattr(ROWS[file], subset):
            matching = [test for test in tests if _matches(test.removeprefix("test_"), pattern)]
            if complete and not matching:
                raise LookupError(f"subsets.py: no test in test_{file}.py matches {pattern}")
            chosen.update((file, test) for test in matching)
    if subset == "usual":
        return {(file, test) for file, tests in names.items() for test in tests} - chosen
    return chosen
