"""Records that no key links: linked by all that speaks for them together, and never by what strangers share."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amanah.reconcile import reconcile
from amanah.reconcile.engine import Engine
from amanah.reconcile.probable import blocking, run
from amanah.reconcile.probable.birth import HOW, PARTS, hijri_months
from amanah.reconcile.probable.estimation import Pattern, learn
from amanah.reconcile.probable.matching import claim_of, posterior
from amanah.reconcile.probable.reading import read
from amanah.reconcile.probable.run import link_rest
from amanah.reconcile.probable.traits import Traits
from schemas.agreement_stream import Role

GIVEN = ("SITI", "NUR", "DEWI", "RINA", "AMINAH", "YULI", "RATNA", "MEGA", "ENDANG", "HALIMAH")
FAMILY = ("LESTARI", "WAHYUNI", "SULASTRI", "ROHANI", "KARTINI", "MURNI", "PUTRI", "INDAH", "SUTINI", "HANDAYANI")


def people(count, *, seed=1):
    """That many workers who differ as people do: names repeat, birthdays and employers are shared by some."""
    draw = np.random.default_rng(seed)
    return [
        {
            "contract_no": f"K{draw.integers(10**6, 10**7)}",
            "passport_no": f"X{draw.integers(10**5, 10**6)}",
            "name_latin": f"{draw.choice(GIVEN)} {draw.choice(FAMILY)}",
            "birth_date": date(1975, 1, 1) + timedelta(days=int(draw.integers(0, 10_000))),
            "employer_ref": f"E-{draw.integers(100, 101 + count // 3)}",
            "area": str(draw.choice(["SA-01", "SA-02", "SA-03"])),
            "contract_start": date(2025, 1, 1) + timedelta(days=int(draw.integers(0, 500))),
            "sex": "F",
        }
        for _ in range(count)
    ]


def table(side, workers):
    return pa.Table.from_pylist([{"record_ref": f"{side}-P-{n}", **worker} for n, worker in workers])


def links(ours, theirs, agreement, us="IDN"):
    a, b = table("IDN", ours), table("SAU", theirs)
    return reconcile(*((a, b) if us == "IDN" else (b, a)), stream="placement", agreement=agreement, us=us)


@pytest.fixture
def workers():
    """Three hundred workers known to both sides by every key, and one of each kind that is not, under 1000 and on."""
    return list(enumerate(people(300)))


def without_keys(worker, **values):
    """As the other side knows a worker whose papers were all renewed."""
    return {**worker, "contract_no": f"R{worker['contract_no'][::-1]}", "passport_no": "Q9999123", **values}


def linked_pair(workers, agreement, here, there):
    """How a worker known as ``here`` on our side and as ``there`` on theirs is linked among all others."""
    outcome = links([*workers, (1000, here)], [*workers, (1000, there)], agreement)
    found = {(row["ours_ref"], row["theirs_ref"]): row for row in outcome.links.to_pylist()}
    return found.get(("IDN-P-1000", "SAU-P-1000")), outcome


class TestWhoIsLinked:
    @pytest.fixture
    def worker(self):
        return people(1, seed=99)[0]

    @pytest.mark.parametrize(
        "change",
        [
            {"name_latin": "HALIMAH SULASTRY"},
            {"birth_date": date(1980, 5, 3)},
            {"contract_start": date(2025, 9, 9)},
            {"area": "SA-02", "employer_ref": "E-999"},
        ],
        ids=["spelling", "day and month swapped", "moved start", "another employer"],
    )
    def test_a_worker_with_one_typing_error_in_each_paper(self, workers, worker, agreement, change):
        here = {**worker, "name_latin": "HALIMAH SULASTRI", "birth_date": date(1980, 3, 5)}
        there = {**here, "contract_no": f"{here['contract_no'][:-1]}0", "passport_no": f"{here['passport_no'][:-1]}0"}
        here |= {"contract_no": f"{here['contract_no'][:-1]}7", "passport_no": f"{here['passport_no'][:-1]}7"}
        row, _ = linked_pair(workers, agreement, here, there | change)
        assert row is not None
        assert row["grade"] in {"certain", "probable"}

    def test_the_reason_is_told_field_by_field(self, workers, worker, agreement):
        here = {**worker, "passport_no": "X123456"}
        row, _ = linked_pair(workers, agreement, here, {**here, "contract_no": None, "passport_no": "X123457"})
        assert row["why"].startswith("passport differs in one character; same name; same birth date; ")

    def test_a_name_that_the_destination_sends_in_arabic_letters_alone(self, workers, worker, agreement):
        """`name_arabic` travels one way: both nodes know the destination's, and it meets the other's name in Latin."""
        workers = [(n, {**each, "name_arabic": None}) for n, each in workers]
        here = {**worker, "name_latin": "SITI AMINAH", "name_arabic": "not to be sent"}
        there = without_keys(here, name_latin=None, name_arabic="سيتي أمينة")
        row, outcome = linked_pair(workers, agreement, here, there)
        assert row is not None
        assert "same name in the other script" in row["why"]
        told = {(link["theirs_ref"], link["ours_ref"]): link["why"] for link in outcome.links.to_pylist()}
        mirrored = links([*workers, (1000, here)], [*workers, (1000, there)], agreement, us="SAU")
        assert set(told) == {(link["ours_ref"], link["theirs_ref"]) for link in mirrored.links.to_pylist()}

    def test_nobody_by_name_employer_and_start_alone(self, workers, worker, agreement):
        """Two sisters-in-law at one employer: same name, other papers, other birth date."""
        there = without_keys(worker, birth_date=worker["birth_date"] + timedelta(days=700))
        row, outcome = linked_pair(workers, agreement, worker, there)
        assert row is None
        missing = {d["ours_ref"] for d in outcome.discrepancies.to_pylist() if d["class"] == "missing_there"}
        assert "IDN-P-1000" in missing

    def test_nobody_where_two_could_be_meant(self, workers, worker, agreement):
        there = {**worker, "contract_no": None, "passport_no": None}
        here = [*workers, (1000, worker)]
        outcome = links(here, [*workers, (1000, there), (1001, there)], agreement)
        assert "IDN-P-1000" not in outcome.links["ours_ref"].to_pylist()

    def test_a_key_that_agrees_beside_another_person_links_nobody(self, workers, worker, agreement):
        shared = {key: worker[key] for key in ("passport_no", "contract_start")}
        other = {**people(1, seed=5)[0], **shared}
        row, outcome = linked_pair(workers, agreement, worker, other)
        assert row is None
        identity = [d for d in outcome.discrepancies.to_pylist() if d["class"] == "identity"]
        assert [(d["ours_ref"], d["theirs_ref"], d["reason"]) for d in identity] == [
            ("IDN-P-1000", "SAU-P-1000", "other_person")
        ]


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_both_sides_link_the_same_in_whatever_order_the_records_come(agreement, seed):
    draw = np.random.default_rng(seed)
    ours = list(enumerate(people(80, seed=seed)))
    theirs = [
        (n, without_keys(w) if draw.random() < 0.3 else {**w, "name_latin": w["name_latin"].replace("I", "Y")})
        for n, w in ours
        if draw.random() < 0.9
    ]
    one = links(ours, theirs, agreement)
    shuffled = [theirs[place] for place in draw.permutation(len(theirs))]
    other = links(list(reversed(ours)), shuffled, agreement, us="SAU")
    mirrored = {(r["theirs_ref"], r["ours_ref"], r["grade"], r["score"], r["why"]) for r in other.links.to_pylist()}
    assert {tuple(row.values()) for row in one.links.select(
        ["ours_ref", "theirs_ref", "grade", "score", "why"]).to_pylist()} == mirrored  # fmt: skip
    assert set(one.discrepancies["id"].to_pylist()) == set(other.discrepancies["id"].to_pylist())


class TestAnyTwoTables:
    """The engine knows nothing of placements: a specification says what the columns are."""

    def test_patients_of_two_clinics(self):
        said = [(f"{n}", w["name_latin"], w["birth_date"], w["area"], w["passport_no"])
                for n, w in enumerate(people(120, seed=3))]  # fmt: skip
        left = [{"id": f"l{n}", "name": name, "born": born, "town": town, "no": no} for n, name, born, town, no in said]
        right = [
            {**row, "id": f"r{row['id'][1:]}", "no": None if place % 3 else row["no"]} for place, row in enumerate(left)
        ]
        roles = {"no": Role.IDENTIFIER, "name": Role.PERSON_NAME, "born": Role.BIRTH_DATE, "town": Role.PLACE}
        traits = Traits("id", roles)
        with Engine() as engine:
            engine.register("l", pa.Table.from_pylist(left))
            engine.register("r", pa.Table.from_pylist(right))
            link_rest(engine, traits, {"a": "l", "b": "r"})
            found = engine.rows("SELECT a_ref, b_ref FROM probable WHERE grade <> 'possible'")
        assert {a[1:] == b[1:] for a, b in found} == {True}
        assert len(found) > 115

    def test_tables_that_share_nothing(self):
        traits = Traits("id", {"no": Role.IDENTIFIER})
        with Engine() as engine:
            engine.register("l", pa.table({"id": ["l1"], "no": ["A1"]}))
            engine.register("r", pa.table({"id": ["r1"], "no": ["B2"]}))
            link_rest(engine, traits, {"a": "l", "b": "r"})
            assert engine.rows("SELECT * FROM probable") == []


ARABIC = {
    "SITI": "سيتي", "NUR": "نور", "DEWI": "ديوي", "RINA": "رينا", "AMINAH": "أمينة", "YULI": "يولي", "RATNA": "راتنا",
    "MEGA": "ميغا", "ENDANG": "إندانغ", "HALIMAH": "حليمة", "LESTARI": "ليستاري", "WAHYUNI": "وحيوني",
    "SULASTRI": "سولاستري", "ROHANI": "روحاني", "KARTINI": "كارتيني", "MURNI": "مورني", "PUTRI": "بوتري",
    "INDAH": "إنداه", "SUTINI": "سوتيني", "HANDAYANI": "هانداياني",
}  # fmt: skip
COLUMNS = {
    "id": pa.string(), "no": pa.string(), "latin": pa.string(), "arabic": pa.string(), "born": pa.date32(),
    "employer": pa.string(), "start": pa.date32(),
}  # fmt: skip
ROLES = {
    "no": Role.IDENTIFIER, "latin": Role.PERSON_NAME, "arabic": Role.PERSON_NAME, "born": Role.BIRTH_DATE,
    "employer": Role.ORGANISATION, "start": Role.DATE,
}  # fmt: skip


def in_two_scripts(side, workers):
    """A table with a name's Latin and Arabic writing in two columns."""
    rows = [
        {
            "id": f"{side}{n}",
            "no": worker.get("no", worker["passport_no"]),
            "latin": worker["name_latin"],
            "arabic": worker.get("arabic", " ".join(ARABIC[word] for word in worker["name_latin"].split())),
            "born": worker["birth_date"],
            "employer": worker["employer_ref"],
            "start": worker["contract_start"],
        }
        for n, worker in enumerate(workers)
    ]
    return pa.Table.from_pylist(rows, pa.schema(COLUMNS.items()))


def linked(left, right):
    """What is linked of two such tables: (left id, right id) -> why."""
    with Engine() as engine:
        engine.register("l", left)
        engine.register("r", right)
        link_rest(engine, Traits("id", ROLES), {"a": "l", "b": "r"})
        return {(a, b): why for a, b, why in engine.rows("SELECT a_ref, b_ref, why FROM probable WHERE score >= 0.9")}


def without_work(table):
    """The same people, of whose work nothing is known."""
    for place, column in ((5, "employer"), (6, "start")):
        table = table.set_column(place, column, pa.nulls(len(table), COLUMNS[column]))
    return table


class TestNamesInTwoScripts:
    """One side writes names in Latin letters, the other in Arabic ones, or a side in both."""

    @pytest.fixture
    def everybody(self):
        return people(200, seed=4)

    def test_a_name_in_the_other_script_links_where_no_paper_does(self, everybody):
        left = in_two_scripts("l", [{**worker, "arabic": None} for worker in everybody])
        right = in_two_scripts("r", [{**worker, "no": None} for worker in everybody])
        right = right.set_column(2, "latin", pa.nulls(len(right), pa.string()))
        found = linked(left, right)
        assert {a[1:] == b[1:] for a, b in found} == {True}
        assert len(found) > 195
        assert "same name in the other script" in " ".join(found.values())

    def test_two_writings_of_one_name_are_not_its_parts(self, everybody):
        """A side that holds both scripts is met in the one that the other side knows."""
        left = in_two_scripts("l", [{**worker, "arabic": None} for worker in everybody])
        right = in_two_scripts("r", [{**worker, "no": None} for worker in everybody])
        found = linked(left, right)
        assert len(found) > 195
        assert not [why for why in found.values() if "same name" not in why]

    def test_the_name_across_scripts_alone_links_nobody(self, everybody):
        strangers = [
            {**worker, "no": f"N{n}", "birth_date": worker["birth_date"] + timedelta(days=900 + n)}
            for n, worker in enumerate(everybody)
        ]
        left = in_two_scripts("l", [{**worker, "arabic": None} for worker in everybody])
        right = in_two_scripts("r", strangers).set_column(2, "latin", pa.nulls(len(strangers), pa.string()))
        assert linked(without_work(left), without_work(right)) == {}


@pytest.mark.parametrize(
    ("here", "there", "said"),
    [
        ("K7654321", "K7654312", "no differs in one character"),
        ("K7654321", "K765432", "no differs in one character"),
        ("K7654321", "K76543219", "no differs in one character"),
        ("K7654321", "K7654921", "no differs in one character"),
        ("K7654321", "K7654999", "another no"),
        ("K7654321", "Ķ765432", "another no"),
        ("k 765-4321", "K7654321", "same no"),
    ],
)
def test_how_the_numbers_of_papers_differ_is_told(here, there, said):
    everybody = people(150, seed=6)
    left = in_two_scripts("l", [{**everybody[0], "no": here}, *everybody[1:]])
    right = in_two_scripts("r", [{**everybody[0], "no": there}, *everybody[1:]])
    assert linked(left, right)["l0", "r0"].split("; ")[0] == said


@pytest.mark.parametrize(
    ("here", "there", "level"),
    [
        ("1990-03-05", "1990-03-05", "same"),
        ("1990-03-05", "1990-05-03", "turned"),
        ("1990-03-05", "1990-03-07", "close"),
        ("1989-12-31", "1990-01-01", "close"),
        ("1990-05-01", "1990-05-30", "hijri_month"),  # 6 Shawwal and 6 Dhu al-Qa'da 1410
        ("1989-10-08", "1990-03-29", "hijri_turned"),  # 9-3-1410 and 3-9-1410
        ("1990-05-01", "1990-01-01", "default"),
        ("1990-05-03", "1989-08-02", "hijri_default"),  # 1 Muharram 1410: only the Hijri year was known
        ("1990-05-17", "1990-05-01", "month"),
        ("1990-05-17", "1990-05-27", "digit"),
        ("1990-05-17", "1980-05-17", "digit"),
        ("1990-05-17", "1988-05-17", "two"),
        ("1990-05-17", "1990-11-28", "year"),
        ("1990-05-17", "1977-11-28", "other"),
        ("1920-05-17", "1977-11-28", "other"),  # before the calendar's table begins
        ("1990-05-17", None, "none"),
    ],
)
def test_every_near_miss_of_a_birth_date_is_its_own(here, there, level):
    with Engine() as engine:
        engine.register("hijri_months", hijri_months())
        born = pa.table({"side": ["x", "y"], "birth": pa.array([here, there]).cast(pa.date32())})
        engine.register("born", born)
        engine.execute(
            f"CREATE TEMP TABLE born_then AS SELECT *, {PARTS} FROM born ASOF LEFT JOIN hijri_months ON birth >= starts"
        )
        for x, y in (("x", "y"), ("y", "x")):
            sides = f"(FROM born_then WHERE side = '{x}') x, (FROM born_then WHERE side = '{y}') y"
            assert engine.rows(f"SELECT {HOW} FROM {sides}") == [(level,)]


def test_strangers_share_the_very_keys_that_candidates_do_however_unlike_the_sides_are():
    """Half a number that five here and one there hold is rare among candidates; so it is among the strangers here."""
    roles = {"no": Role.IDENTIFIER}
    here = pa.table({"id": [f"a{n}" for n in range(5)], "no": [f"4711{n}{n}{n}{n}" for n in range(5)]})
    there = pa.table({"id": ["b0"], "no": ["47119999"]})
    with Engine() as engine:
        engine.register("here", here)
        engine.register("there", there)
        sides, traits = {"a": "here", "b": "there"}, Traits("id", roles)
        read(engine, traits, sides, sides)
        blocking.block(engine, traits.identifiers, [], strangers=True)
        found = dict(engine.rows("SELECT kind, count(*) FROM pair GROUP BY kind"))
    assert found == {"across": 5, "a": 5 * 4 // 2}


def test_a_sample_of_strangers_links_the_same_in_whatever_order_the_records_come(monkeypatch):
    """Of the many pairs that cannot be one, some are enough to learn from; which ones hangs on no row's place."""
    everybody = people(400, seed=8)
    left, right = in_two_scripts("l", everybody), in_two_scripts("r", [{**w, "no": None} for w in everybody])
    whole = linked(left, right)
    monkeypatch.setattr(blocking, "MOST_STRANGERS", 200)
    sampled = linked(left, right)
    draw = np.random.default_rng(1)
    assert linked(left.take(draw.permutation(len(left))), right.take(draw.permutation(len(right)))) == sampled
    assert len(whole.keys() ^ sampled.keys()) <= 4


class TestMatching:
    def pairs(self, *rows):
        left, right, alone = zip(*rows, strict=True)
        return posterior(np.array(left), np.array(right), np.array(alone)).round(3).tolist()

    def test_a_pair_by_itself_keeps_its_probability(self):
        assert self.pairs((0, 0, 0.9), (1, 1, 0.6)) == [0.9, 0.6]

    def test_two_equal_partners_are_each_less_likely_than_not(self):
        assert self.pairs((0, 0, 0.99), (0, 1, 0.99)) == [0.497, 0.497]

    def test_sisters_are_told_apart_by_their_own_records(self):
        """Each fits both records, and her own a little better: as a whole there is one likely way."""
        own, other = 0.9999, 0.999
        together = self.pairs((0, 0, own), (0, 1, other), (1, 0, other), (1, 1, own))
        assert together[0] == together[3] > 0.98

    def test_a_pair_that_nobody_else_can_claim_is_likelier_the_fewer_are_without_a_partner(self):
        """Of 10,000 records a side 100 have none, or 9,000: a stranger is seldom left, or often."""
        pair = np.array([0]), np.array([0]), np.array([0.7])
        seldom, often = (posterior(*pair, claim=claim_of(links, (10_000, 10_000)))[0] for links in (9_900, 1_000))
        assert (round(seldom, 4), round(often, 4)) == (0.9999, 0.7421)

    def test_where_nobody_is_linked_there_is_no_claim(self):
        assert claim_of(0.0, (5_000, 40)) == 1.0

    def test_a_claim_does_not_count_where_several_papers_all_differ(self):
        """Of a near-twin whose own record is missing nobody else is left either."""
        rest = ("rare", "close", "all_3")
        patterns = [Pattern(("other", *rest), 1, 0), Pattern(("others", *rest), 1, 0), Pattern(("near", *rest), 99, 0)]
        patterns.append(Pattern(("other", "some", "year", "some_1"), 9_000, 9_000))
        learned = learn(patterns)
        with Engine() as engine:
            engine.execute(
                "CREATE TEMP TABLE alike AS SELECT 'across' AS kind, no AS a_no, no AS b_no, papers, 'rare' AS name,\n"
                "  'close' AS birth, 'all_3' AS circumstances\n"
                "FROM (VALUES (1::INT, 'other'), (2::INT, 'others')) p(no, papers)"
            )
            weighed = [run.weighed(engine, learned, claim)["score"].to_pylist() for claim in (1.0, 50.0)]
        (one, several), (one_claimed, several_claimed) = weighed
        assert one_claimed > one
        assert several_claimed == several

    def test_however_strong_the_claim_two_equal_partners_are_each_less_likely_than_not(self):
        assert max(posterior(np.array([0, 0]), np.array([0, 1]), np.array([0.99, 0.99]), claim=1_000.0)) < 0.5

    @given(
        st.lists(
            st.tuples(st.integers(0, 5), st.integers(0, 5), st.floats(0, 1)), max_size=24, unique_by=lambda p: p[:2]
        ),
        st.floats(1, 1_000),
    )
    def test_no_two_pairs_above_one_half_share_a_record(self, rows, claim):
        if not rows:
            return
        left, right, alone = (np.array(column) for column in zip(*rows, strict=True))
        sure = posterior(left, right, alone, claim=claim) > 0.5
        assert len(set(left[sure])) == len(set(right[sure])) == sure.sum()


class TestLearning:
    def test_where_nobody_is_the_same_nobody_becomes_likely(self):
        strangers = [
            Pattern(("other", "some", "year", "some_1"), 900, 900),
            Pattern(("other", "same", "other", "half_1"), 90, 80),
        ]
        assert max(learn(strangers).probabilities([each.levels for each in strangers])) < 0.01

    def test_a_name_alone_links_nobody_however_rare_it_is(self):
        name_only = Pattern(("none", "rare", "other", "few"), 3, 0)
        alike = Pattern(("near", "rare", "same", "all_2"), 900, 1)
        learned = learn([name_only, alike, Pattern(("other", "some", "year", "no_0"), 9000, 9000)])
        of_name, of_all = learned.probabilities([name_only.levels, alike.levels])
        assert of_name == 0
        assert of_all > 0.99

    def test_a_number_that_is_nearly_right_links_nobody_whose_name_and_birth_date_are_others(self):
        """As a number that is right does not: a slip of one digit hits another worker's number."""
        another = Pattern(("near", "other", "other", "few"), 40, 0)
        alike = Pattern(("near", "same", "same", "most_3"), 900, 1)
        strangers = Pattern(("other", "some", "year", "some_1"), 5000, 5000)
        found = learn([another, alike, strangers]).probabilities([another.levels, alike.levels])
        assert found[0] == 0.0
        assert found[1] > 0.99

    def test_the_same_patterns_give_the_same_numbers(self):
        patterns = [
            Pattern(("near", "same", "same", "all_2"), 50, 1),
            Pattern(("none", "spelled", "close", "most_2"), 30, 2),
            Pattern(("other", "some", "year", "half_1"), 5000, 5000),
        ]
        assert learn(patterns) == learn(patterns)
        assert learn(patterns).probabilities([patterns[0].levels]) > 0.9

    def test_disagreement_never_speaks_for_a_link_however_often_it_is_seen(self):
        """Across the sides another distribution than within them must not be taken for links."""
        patterns = [
            Pattern(("other", "some", "year", "half_1"), 5000, 10),
            Pattern(("other", "some", "other", "half_2"), 10, 5000),
            Pattern(("near", "same", "same", "all_2"), 40, 1),
        ]
        learned = learn(patterns)
        strangers, _, partners = learned.probabilities([each.levels for each in patterns])
        assert strangers < 0.01
        assert partners > 0.9
