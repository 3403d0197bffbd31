# SPDX-License-Identifier: MIT
"""Where the credentials for a bucket come from, how they are renewed, and what is learned from refusals."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from rig.aws_credentials import NOWHERE, ROLE, AwsCredentials
from rig.mount import Mount, MountFailed, rimfs
from rig.s3_server import KEY_ID, SECRET, S3Server
from rig.s3_signature import Key

MIB = 1 << 20
BODY = random.Random(5).randbytes(4 * MIB)
WITH_KEY = NOWHERE | {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
COLD = ("--block-size", "64K", "--readahead", "0", "--revalidate-after", "1h")
KEY_LINES = f"aws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"


def store(**switches: object) -> S3Server:
    return S3Server({"images": {"disk.img": BODY}}, **switches)


def check_read(server: S3Server, env: dict[str, str], *arguments: str) -> None:
    with Mount(*arguments, "--s3-endpoint", server.endpoint, "s3://images/", env=env) as mount:
        assert (mount / "disk.img").read_bytes() == BODY


PLACES: dict[str, Callable[[AwsCredentials, Path], dict[str, str]]] = {
    "variables": lambda aws, folder: WITH_KEY,
    "the credentials file": lambda aws, folder: aws.files(folder, "", f"[default]\n{KEY_LINES}"),
    "the config file": lambda aws, folder: aws.files(folder, f"[default]\n{KEY_LINES}"),
    "a profile of a variable": lambda aws, folder: aws.files(folder, "", f"[work]\n{KEY_LINES}") | {"AWS_PROFILE": "work"},
    "a role of a profile": lambda aws, folder: aws.files(
        folder, f"[default]\nrole_arn = {ROLE}\nsource_profile = base\nexternal_id = x/y\n", f"[base]\n{KEY_LINES}"),
    "a role of a role": lambda aws, folder: aws.files(
        folder, f"[default]\nrole_arn = {ROLE}\nsource_profile = middle\n[profile middle]\nrole_arn = {ROLE}2\n"
        "source_profile = base\n", f"[base]\n{KEY_LINES}"),
    "a role of the variables": lambda aws, folder: aws.files(
        folder, f"[profile x]\nrole_arn = {ROLE}\ncredential_source = Environment\n") | WITH_KEY,
    "a role of the instance": lambda aws, folder: aws.files(
        folder, f"[default]\nrole_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n")
    | {"AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": aws.url},
    "a web identity": lambda aws, folder: aws.web_identity(folder),
    "a web identity of a profile": lambda aws, folder: aws.files(
        folder, f"[default]\nrole_arn = {ROLE}\nweb_identity_token_file = "
        f"{aws.web_identity(folder)['AWS_WEB_IDENTITY_TOKEN_FILE']}\n"),
    "a process": lambda aws, folder: aws.files(
        folder, f"""[default]\ncredential_process = printf '{{"Version":1,"AccessKeyId":"{KEY_ID}",'; """
        f"""printf '"SecretAccessKey":"%s"}}' '{SECRET}'\n"""),
    "a container": lambda aws, folder: aws.container(),
    "an instance": lambda aws, folder: aws.instance(),
}


@pytest.mark.parametrize("place", PLACES)
def test_credentials_are_found_where_the_sdks_find_them(place: str, tmp_path: Path) -> None:
    with store() as server, AwsCredentials(server) as aws:
        profile = ("--s3-profile", "x") if place == "a role of the variables" else ()
        check_read(server, PLACES[place](aws, tmp_path), *profile)
        assert not aws.refused
        assert all(seen.signed and seen.status in (200, 206) for seen in server.requests)


def test_an_instance_without_sessions_for_its_metadata_is_asked_in_the_old_way() -> None:
    with store() as server, AwsCredentials(server) as aws:
        aws.old = True
        check_read(server, aws.instance())


def test_a_profile_of_the_settings_comes_before_the_variables(tmp_path: Path) -> None:
    with store() as server, AwsCredentials(server) as aws:
        env = aws.files(tmp_path, "", f"[work]\n{KEY_LINES}")
        check_read(server, env | {"AWS_ACCESS_KEY_ID": "AKIAOTHER", "AWS_SECRET_ACCESS_KEY": "x"}, "--s3-profile", "work")


def test_a_profile_names_region_endpoint_and_style(tmp_path: Path) -> None:
    with store(region="far-west-7") as server, AwsCredentials(server) as aws:
        env = aws.files(tmp_path, f"[default]\nregion = far-west-7\nendpoint_url = {server.endpoint}\ns3 =\n"
                        "  addressing_style = path\n", f"[default]\n{KEY_LINES}")
        with Mount("s3://images/", env=env) as mount:
            assert (mount / "disk.img").read_bytes() == BODY
        assert {seen.status for seen in server.requests} <= {200, 206}


def test_sources_have_settings_of_their_own(tmp_path: Path) -> None:
    with store() as one, store(region="other-1") as two, AwsCredentials(one) as aws:
        two.keys = {"AKIATWO": Key("two+/=")}
        env = aws.files(tmp_path, "[profile two]\nregion = other-1\n",
                        f"[default]\n{KEY_LINES}[two]\naws_access_key_id=AKIATWO\naws_secret_access_key=two+/=\n")
        config = (f"sources:\n- {{s3: images/disk.img, name: one, s3-endpoint: '{one.endpoint}'}}\n"
                  f"- {{s3: images/, name: two, s3-endpoint: '{two.endpoint}', s3-profile: two}}\n")
        with Mount(config=config, env=env) as mount:
            assert (mount / "one").read_bytes() == BODY and (mount / "two" / "disk.img").read_bytes() == BODY
        assert all(seen.status in (200, 206) for seen in (*one.requests, *two.requests))


# ---- Renewal.


def test_credentials_that_are_over_in_the_middle_of_a_file_are_renewed() -> None:
    with store() as server, AwsCredentials(server) as aws:
        with Mount(*COLD, "--s3-endpoint", server.endpoint, "s3://images/disk.img", env=aws.instance()) as mount:
            descriptor = os.open(mount / "disk.img", os.O_RDONLY | os.O_DIRECT)
            try:
                for round_ in range(3):
                    given = aws.given
                    aws.end_all()
                    assert os.pread(descriptor, 65536, round_ * MIB) == BODY[round_ * MIB:round_ * MIB + 65536]
                    assert aws.given == given + 1
            finally:
                os.close(descriptor)


def test_many_readers_share_one_renewal() -> None:
    with store() as server, AwsCredentials(server) as aws:
        with Mount("--s3-endpoint", server.endpoint, "s3://images/disk.img", env=aws.instance()) as mount:
            aws.end_all()
            assert (mount / "disk.img").read_bytes() == BODY
            assert aws.given == 2


def test_a_service_that_fails_is_an_error_and_no_anonymous_request() -> None:
    with store(public=True) as server, AwsCredentials(server) as aws:
        aws.fails = True
        with pytest.raises(MountFailed) as refused, Mount("--retry-deadline", "1s", "--s3-endpoint", server.endpoint,
                                                          "s3://images/", env=aws.container()):
            pass
        assert "no credentials for s3://images" in refused.value.done.stderr
        assert not server.requests


def test_a_profile_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    rows = ((f"[default]\nrole_arn = {ROLE}\n", "no source"), (f"[default]\nrole_arn = {ROLE}\nsource_profile = nobody\n", "no source"),
            (f"[default]\nrole_arn = {ROLE}\nsource_profile = b\n[profile b]\nrole_arn = {ROLE}\nsource_profile = default\n",
             "lead to one another"),
            ("[default]\ncredential_process = echo hunter2; exit 3\n", "status 3"),
            ("[default]\ncredential_process = echo hunter2\n", "credential_process"),
            ("[default]\nsso_session = x\n", "export-credentials"),
            (f"[default]\nrole_arn = {ROLE}\nmfa_serial = x\nsource_profile = b\n", "credential_process"))
    with store() as server, AwsCredentials(server) as aws:
        for config, word in rows:
            with pytest.raises(MountFailed) as refused, Mount("--s3-endpoint", server.endpoint, "s3://images/",
                                                              env=aws.files(tmp_path, config)):
                pass
            said = refused.value.done.stderr
            assert word in said and "hunter2" not in said, said


# ---- What refusals teach.


@pytest.mark.parametrize("redirects", [False, True], ids=["400", "301"])
@pytest.mark.parametrize("source", ["s3://images/", "s3://images/disk.img"])
def test_the_region_of_a_bucket_is_learned(source: str, redirects: bool) -> None:
    with store(region="eu-south-9", redirects=redirects) as server:
        with Mount("--s3-endpoint", server.endpoint, source, env=WITH_KEY) as mount:
            assert (mount / "disk.img").read_bytes() == BODY
        assert sum(seen.status in (301, 400) for seen in server.requests) == 1


@pytest.mark.parametrize("ahead", [-7200, 86400])
def test_a_wrong_clock_is_made_up_for(ahead: float) -> None:
    with store(ahead=ahead) as server:
        with Mount("--s3-endpoint", server.endpoint, "s3://images/", env=WITH_KEY) as mount:
            assert (mount / "disk.img").read_bytes() == BODY
        assert sum(seen.status == 403 for seen in server.requests) == 1


# ---- Secrets.


def test_no_secret_is_shown_anywhere(tmp_path: Path) -> None:
    with store() as server, AwsCredentials(server) as aws:
        server.forbidden.add("disk.img")
        log = tmp_path / "log"
        with pytest.raises(MountFailed) as refused, Mount("--log-file", str(log), "--log-level", "debug", "--s3-endpoint",
                                                          server.endpoint, "s3://images/disk.img", env=aws.instance()):
            pass
        shown = refused.value.done.stderr + refused.value.done.stdout + log.read_text()
        for secret in ("session-token-1", "secret/of+1", "Signature=", "metadata-token"):
            assert secret not in shown


def test_a_report_of_an_examination_tells_nothing_of_credentials(tmp_path: Path) -> None:
    with store() as server, AwsCredentials(server) as aws:
        done = rimfs("doctor", "--report", str(tmp_path / "report"), "--s3-endpoint", server.endpoint, "s3://images/disk.img",
                     env=aws.instance())
        assert "first byte" in done.stdout and aws.given == 1, done.stdout + done.stderr
        report = done.stdout + done.stderr + (tmp_path / "report").read_text()
        for told in ("session-token-1", "secret/of+1", "ASIAGIVEN", "Signature=", "metadata-token", "security-credentials",
                     "images", "disk.img"):
            assert told not in report, told


def test_the_secret_of_variables_is_not_in_the_environment_of_the_mount() -> None:
    env = WITH_KEY | {"AWS_SESSION_TOKEN": "token-of-a-session"}
    with store() as server:
        server.keys = {KEY_ID: Key(SECRET, "token-of-a-session")}
        with Mount("--s3-endpoint", server.endpoint, "s3://images/disk.img", env=env) as mount:
            if os.geteuid() == 0:  # to others it is closed
                environment = Path(f"/proc/{mount.pid}/environ").read_bytes()
                assert SECRET.encode() not in environment and b"token-of-a-session" not in environment
            assert (mount / "disk.img").read_bytes() == BODY
