"""The worked examples in ``protocol.md``: the samples that a partner gets, as they are inside, without their seals."""

import tempfile
from pathlib import Path

from amanah.exchange import package, receipt
from amanah.exchange.seal import Keys, generate
from amanah.partner import samples
from amanah.partner.forge import Forge
from schemas.agreement import FOLDER
from schemas.envelope import StatusMessage


def examples() -> str:
    """Each example under a line that says what it is, in a block of code."""
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        keys = _keys(room)
        csv = _opened(room / "csv", "csv", keys)
        ndjson = _opened(room / "ndjson", "ndjson", keys)
        message, answer, asking = "IDN-SAU-placement-000002", "SAU-IDN-status-000002", "IDN-SAU-status-000001"
        telling, certifying = "IDN-SAU-status-000002", "IDN-SAU-status-000003"
        status = csv / answer / "status.json"
        signed = receipt.text(
            StatusMessage.model_validate_json(status.read_bytes()), status_sha256=package.sha256_of(status)
        )
        shown = [
            (f"`manifest.json` of `{message}`: two corrections and a withdrawal", "json",
             csv / message / "manifest.json"),
            ("Its part `placement.csv` (each line ends with CR LF)", "text", csv / message / "placement.csv"),
            ("One record of a part in NDJSON; it is one line", "json",
             ndjson / "IDN-SAU-complaint-000001" / "complaint.ndjson"),
            (f"`status.json` of `{answer}`, the answer to it; one record was not held", "json", status),
            ("What its `receipt.asc` signs", "text", signed),
            (f"`resend.json` of `{asking}`: the third and the fourth message are missing", "json",
             csv / asking / "resend.json"),
            (f"`cases.json` of `{telling}`; two cases, and two records that were parted", "json",
             csv / telling / "cases.json"),
            (f"`certificate.json` of `{certifying}`; SAU holds one record of IDN", "json",
             csv / certifying / "certificate.json"),
        ]  # fmt: skip
        return "\n\n".join(_block(*each) for each in shown)


def _keys(room: Path) -> dict[str, Keys]:
    """Keys that sign nothing which is shown."""
    secret, certificate = room / "key", room / "cert"
    generate("shown to nobody", secret, certificate)
    return dict.fromkeys((samples.SENDER, samples.RECEIVER), Keys(secret, certificate))


def _opened(folder: Path, form: samples.Form, keys: dict[str, Keys]) -> Path:
    def unsealed(_forge: Forge, tar: Path) -> bytes:
        return tar.read_bytes()  # a seal differs each time it is made

    samples.write_form(folder, FOLDER / "idn-sau.yaml", form, keys, unsealed)
    return folder / "opened"


def _block(title: str, language: str, content: Path | str) -> str:
    text = content.read_text(encoding="utf-8") if isinstance(content, Path) else content
    if isinstance(content, Path) and content.suffix == ".ndjson":
        text = text.splitlines()[0]
    return f"{title}:\n\n```{language}\n{text.rstrip()}\n```"
