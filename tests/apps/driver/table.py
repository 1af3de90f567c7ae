"""The tables of README.md: which relying parties run and what they prove, and why the others do not."""

import sys

from .checks import CHECKS

RUNS = "| party "
REST = "| definition "


class Row:
    """A relying party that runs."""

    def __init__(self, cells):
        self.party, self.definition, self.source, self.version, *proofs = cells
        self.proofs = dict(zip(CHECKS, proofs, strict=True))
        self.proves = [name for name, proof in self.proofs.items() if proof == "yes"]


def _rows(text, head):
    lines = text[text.index(f"\n{head}") + 1 :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


def read(document, chosen):
    """The rows of the chosen parties and sources; all rows if none is chosen."""
    rows = [Row(cells) for cells in _rows(document.read_text(), RUNS)]
    known = {row.party for row in rows} | {row.source for row in rows}
    for unknown in set(chosen) - known:
        sys.exit(f"tests/apps/run: there is no party and no source {unknown}")
    return [row for row in rows if not chosen or row.party in chosen or row.source in chosen]


def faults(definitions, folder):
    """What is wrong or missing in the tables."""
    text = (folder / "README.md").read_text()
    rows = [Row(cells) for cells in _rows(text, RUNS)]
    reasons = dict(_rows(text, REST))
    for row in rows:
        locks = [file.read_text() for file in (folder / row.party).glob("*") if file.is_file()]
        if not any(row.version in lock for lock in locks) and row.source != "debian":
            yield f"no file of {row.party} names the version {row.version}"
        if "sign-in" not in row.proves:
            yield f"{row.party} has no sign-in, so that its row belongs to the other table"
        for name, proof in row.proofs.items():
            if proof != "yes" and not proof.startswith("no: "):
                yield f"{row.party}, {name}: neither \"yes\" nor \"no: \" with a reason"
    folders = {file.parent.name for file in folder.glob("*/start")}
    for party in sorted(folders ^ {row.party for row in rows}):
        yield f"{party} has a folder or a row, but not both"
    proven = {row.definition for row in rows}
    for definition in definitions:
        if (definition in proven) == (definition in reasons):
            yield f"{definition} needs either a party that runs or a reason"
    for definition in sorted((proven | reasons.keys()) - set(definitions)):
        yield f"the catalogue has no {definition}"
