from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from pipeline.errors import Refused, Usage
from pipeline.raw_files import read_raw_files, refuse_if_changed


def test_files_are_told_by_name_size_and_hash(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two.csv").write_text("2")
    (tmp_path / "one.csv").write_text("")
    files = read_raw_files(tmp_path)
    assert [(file.name, file.size) for file in files] == [("b/two.csv", 1), ("one.csv", 0)]
    assert files[1].sha256.startswith("e3b0c44298fc")


def test_a_missing_folder_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(Usage, match=r"needed a folder with the raw files.*check --raw"):
        read_raw_files(tmp_path / "nowhere")


@pytest.mark.parametrize("damage", ["cut", "cut in the checksum", "flipped", "no gzip"])
def test_damaged_files_are_refused_together(tmp_path: Path, damage: str) -> None:
    whole = gzip.compress(b"party_id,name\n" + b"A,Ann\n" * 1000, compresslevel=0)
    flipped = bytearray(whole)
    flipped[200] ^= 1
    broken = {"cut": whole[:500], "cut in the checksum": whole[:-4], "flipped": bytes(flipped), "no gzip": b"party_id"}
    for name in ("a.csv.gz", "b.csv.gz"):
        (tmp_path / name).write_bytes(broken[damage])
    (tmp_path / "c.csv.gz").write_bytes(whole + whole)
    with pytest.raises(Refused, match=r"found 2 damaged or half written: 'a.csv.gz' .*'b.csv.gz' .*sent again"):
        read_raw_files(tmp_path)


@pytest.mark.parametrize("change", ["grown", "come", "gone", "written again"])
def test_files_that_change_meanwhile_are_refused(tmp_path: Path, change: str) -> None:
    path = tmp_path / "one.csv"
    path.write_text("1")
    files = read_raw_files(tmp_path)
    refuse_if_changed(tmp_path, files)
    if change == "grown":
        path.write_text("12")
    elif change == "come":
        (tmp_path / "two.csv").write_text("")
    elif change == "gone":
        path.unlink()
    else:
        status = path.stat()
        path.write_text("2")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    with pytest.raises(Refused, match=r"found changes in '(one|two).csv'; ingest again when the delivery is complete"):
        refuse_if_changed(tmp_path, files)
