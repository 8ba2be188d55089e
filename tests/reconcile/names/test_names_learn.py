"""The learned model: learned again it is the same, and it reads what it was not shown."""

import os
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from amanah.reconcile.names import crossing, learn

PAIRS = [("سيتي", "siti"), ("ستي", "siti"), ("امينه", "aminah"), ("نور", "nur"), ("نوري", "nuri"), ("تيني", "tini")]


def test_the_same_pairs_give_the_same_model():
    one, other = (crossing.to_text(learn.learn(PAIRS * 5), "x") for _ in range(2))
    assert one == other


def test_a_model_is_read_as_it_was_written():
    text = crossing.to_text(learn.learn(PAIRS * 5), "x")
    assert crossing.to_text(crossing.from_text(text), "x") == text


def test_it_reads_words_it_was_not_shown():
    model = crossing.Scorer(learn.learn(PAIRS * 5))
    found = model.together(model.arabic(["سيني"]), model.latin(["sini", "amur"]), (np.array([0, 0]), np.array([0, 1])))
    assert found[0] > 0 > found[1]


def test_a_row_that_is_no_pair_is_hardly_learned_from():
    wrong = [("سيتي", "bambang")]
    with_wrong = crossing.Scorer(learn.learn(PAIRS * 20 + wrong))
    found = with_wrong.together(
        with_wrong.arabic(["سيتي"]), with_wrong.latin(["siti", "bambang"]), (np.array([0, 0]), np.array([0, 1]))
    )
    assert found[0] > 0 > found[1]


def test_only_the_training_part_is_learned_from_and_no_word_of_the_dev_part(tmp_path):
    rows = ["arabic\tlatin\tsource\tsplit", "سيتي\tSíti\tx\ttrain", "نور\tnoor\tx\ttrain", "نور\tnur\tx\tdev"]
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join(rows), encoding="utf-8")
    assert learn.pairs(path, "train", without=learn.pairs(path, "dev")) == [("سيتي", "siti")]


def test_a_file_that_is_not_there_is_said(capsys, tmp_path):
    assert learn.main([str(tmp_path / "none.tsv")]) == 2
    assert "is not there" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif("AMANAH_NAME_PAIRS" not in os.environ, reason="AMANAH_NAME_PAIRS names no file of public pairs")
def test_what_is_shipped_is_what_the_public_pairs_give():
    shipped = files(crossing.__package__).joinpath("crossing.tsv").read_text(encoding="utf-8")
    assert learn.text_of(Path(os.environ["AMANAH_NAME_PAIRS"])) == shipped
