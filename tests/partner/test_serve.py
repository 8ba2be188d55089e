"""A node to talk to, and the check of it: both as an engineer types them."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from serving import amanah, an_agreement

from amanah.demo.house import PROJECT
from amanah.exchange.codes import Code
from amanah.partner.check.https import NOT_TRIED
from amanah.partner.faults import NOT_BY_A_PACKAGE
from amanah.partner.serve import records
from schemas import agreement as agreements

pytestmark = pytest.mark.slow

PARTNER = (PROJECT / "docs" / "partner.md").read_text(encoding="utf-8")


def checked(settings: Path, folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    given = ("--settings", str(settings), "--dir", str(folder), "--wait", "10", "--pause", "0.2", *more)
    return amanah("partner", "check", *given)


def test_our_own_node_passes_the_whole_check_over_both_wires(serve, pinned_keys, tmp_path):
    agreement = an_agreement(tmp_path / "agreement.yaml", pinned_keys)
    keys = tmp_path / "keys"
    served = serve(
        *("--agreement", str(agreement), "--as", "SAU", "--key", str(keys / "SAU.key.pgp")),
        *("--partner-certificate", str(keys / "IDN.cert.pgp")),
    )  # fmt: skip
    handed = served.folder / "for-partner"
    (keys / "IDN.key.pgp").rename(handed / "IDN.key.pgp")  # ours, which the node's side never has

    done = checked(handed / "partner.yaml", tmp_path / "check", "--large", "--json")

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    found = json.loads(done.stdout)
    provoked = {code for code in Code for each in found if each["passed"] and str(code.value) in each["expected"]}
    not_by_us = (set(NOT_BY_A_PACKAGE) | set(NOT_TRIED)) - {Code.TOO_MANY_ERRORS}
    assert set(Code) - provoked == not_by_us
    assert {each["wire"] for each in found} == {"sftp", "api"}
    assert {each["case"] for each in found if each["passed"] is None and each["wire"] == "sftp"} == set()
    assert served.process.poll() is None
    assert "IDN-SAU-placement-000001  answered  by SAU-IDN-status-00000" in served.says()
    assert "codes 401 x1" in served.says()


def test_a_node_is_served_again_from_its_folder(serve, agreement):
    arguments = ("--agreement", str(agreements.FOLDER / "idn-sau.yaml"), "--as", "SAU", "--records", "40")
    served = serve(*arguments, "--months", "2")
    first = served.says()
    assert served.interrupt() == 0
    kept = {path: path.read_bytes() for path in (served.folder / "for-partner").iterdir()}

    table = PARTNER.partition("| file | for |")[2].partition("\n\n")[0]
    assert {name for row in table.splitlines()[2:] for name in re.findall("`(.+?)`", row.split("|")[1])} <= {
        path.name for path in kept
    }
    served.start()

    again = checked(served.folder / "for-partner" / "partner.yaml", served.folder / "check", "--over", "sftp")
    assert {path: path.read_bytes() for path in (served.folder / "for-partner").iterdir()} == kept
    assert again.returncode == 0, again.stdout
    published = sorted(path.name for path in (served.folder / "exchange" / "files").rglob("SAU-IDN-*[tn]-0*.pgp"))
    assert [name for name in published if "status" not in name] == [
        f"SAU-IDN-{stream}-00000{number}.tar.pgp" for stream in ("complaint", "placement") for number in (1, 2)
    ]
    made = records.generated(agreement, records.last_months(agreement, 2), 40)
    assert not [value for value in made.personal_values() if len(value) > 4 and value in first + served.says()]
