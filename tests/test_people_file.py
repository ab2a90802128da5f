"""The reader of people files: reads what is meant, refuses the rest with file, line and expectation."""

import os

import pytest
import torch
from hypothesis import given, settings, strategies as st

from kdlib import PeopleDataset, PeopleFileError, sample_people
from kdlib.worlds.people_file import DATA, write_people

GOOD = "-1\t0.24\t1\t0\t0\t0.2950\t2"
SECOND = "1\t0.39\t0\t1\t0\t0.5120\t1"
COLUMNS = "expected 7 columns: sex, age, michigan, nebraska, oklahoma, income, politics"
HEADER = "sex\tage\tmichigan\tnebraska\toklahoma\tincome\tpolitics"
RAW_HEADER, RAW_GOOD = "sex,age,state,income,politics", "male,24,michigan,29500,liberal"
RAW_SECOND = "female,39,nebraska,51200,moderate"


def raw_row(**changes):
    """A good raw row with some columns changed."""
    return ",".join((dict(zip(RAW_HEADER.split(","), RAW_GOOD.split(","), strict=True)) | changes).values())


@pytest.fixture
def file(tmp_path):
    """A function that writes text or bytes to a file and returns its path."""

    def write(content):
        path = tmp_path / "rows.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


def row(**changes):
    """A good row with some columns changed."""
    names = ("sex", "age", "michigan", "nebraska", "oklahoma", "income", "politics")
    values = dict(zip(names, GOOD.split("\t"), strict=True)) | changes
    return "\t".join(values.values())


def assert_is_good_then_second(people):
    assert people.x.tolist() == torch.tensor([[-1, 0.24, 1, 0, 0, 0.295], [1, 0.39, 0, 1, 0, 0.512]]).tolist()
    assert people.y.tolist() == [2, 1]


def test_the_columns_become_features_and_labels(file):
    people = PeopleDataset(file(f"{GOOD}\n{SECOND}\n"))
    assert_is_good_then_second(people)
    assert people.x.dtype == torch.float32 and people.y.dtype == torch.int64
    assert len(people) == 2 and people[1][1] == 1


def test_float64_keeps_all_digits_of_the_file(file):
    people = PeopleDataset(str(file(GOOD)), dtype=torch.float64)
    assert people.x.tolist() == [[-1, 0.24, 1, 0, 0, 0.295]]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + f"{GOOD}\n{SECOND}\n".encode(), id="byte-order mark"),
        pytest.param(f"{GOOD}\r\n{SECOND}\r\n", id="Windows line ends"),
        pytest.param(f"{GOOD}\r{SECOND}\r", id="old Mac line ends"),
        pytest.param(f"{GOOD}\n{SECOND}", id="no last line end"),
        pytest.param(f"\n\n{GOOD}\n \t \n{SECOND}\n\n\n  ", id="blank lines"),
        pytest.param(f"{GOOD}  \n\t{SECOND}\t\t\n", id="blanks around rows"),
        pytest.param(f"{GOOD}\n{SECOND}\n".replace("\t", ","), id="commas"),
        pytest.param(f"{GOOD}\n{SECOND}\n".replace("\t", " , "), id="commas and spaces"),
        pytest.param(f"{GOOD}\n{SECOND}\n".replace("\t", "   "), id="spaces"),
        pytest.param(f"# sex, age, state, income\n{GOOD}\n  # more\n{SECOND}\n", id="comment lines"),
        pytest.param(f"{GOOD} # first\n{SECOND}\t#second\n", id="comments behind rows"),
        pytest.param(f"{GOOD}\n{SECOND}\n".replace("\t", ";"), id="semicolons"),
        pytest.param(f"{GOOD}\r\n{SECOND}\r\n".encode("utf-16"), id="UTF-16 with its mark"),
        pytest.param(b"\xfe\xff" + f"{GOOD}\n{SECOND}\n".encode("utf-16-be"), id="UTF-16 of the other order"),
        pytest.param(f"{GOOD}\n{SECOND}\n".encode("utf-32"), id="UTF-32 with its mark"),
        pytest.param(f"{HEADER}\n{GOOD}\n{SECOND}\n", id="header"),
        pytest.param(f"# mine\n\n{HEADER.upper()}\n{GOOD}\n{SECOND}\n".replace("\t", ", "), id="header, commas"),
        pytest.param(
            "politics age michigan nebraska oklahoma income sex\n2 .24 1 0 0 .295 -1\n1 .39 0 1 0 .512 1",
            id="header order",
        ),
        pytest.param(f"{RAW_HEADER}\n{RAW_GOOD}\n{RAW_SECOND}\n", id="raw"),
        pytest.param(f"{RAW_GOOD}\n{RAW_SECOND}\n", id="raw without a header"),
        pytest.param(
            "M\t24\tmichigan\t29500.00\tliberal\nF\t39\tNebraska\t51200.00\tModerate\n", id="raw, the author's"
        ),
        pytest.param(f"{RAW_HEADER}\n{RAW_GOOD}\n{RAW_SECOND}\n".replace(",", ";").encode("utf-16"), id="raw, Excel's"),
        pytest.param(
            '"sex","age","state","income","politics"\n"male","24","michigan","29500","liberal"\n'
            '"female",39,"nebraska",51200,"moderate"',
            id="raw, quoted",
        ),
        pytest.param(
            "state,politics,income,age,sex\nmichigan,liberal,29500,24,male\nnebraska,moderate,51200,39,f",
            id="raw order",
        ),
        pytest.param(f"{RAW_GOOD}\n{SECOND}", id="a raw and an encoded row"),
        pytest.param("-1.0\t24e-2\t1.\t0.0\t-0\t.295\t2.0\n+1\t0.39\t0\t1\t0\t5.12E-1\t+1", id="other spellings"),
    ],
)
def test_every_harmless_variant_is_read(file, content):
    assert_is_good_then_second(PeopleDataset(file(content)))


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        pytest.param("-1\t0.24\t1\t0\t0\t0.2950", ["6 columns", COLUMNS], id="a column too few"),
        pytest.param(GOOD + "\t1", ["8 columns", COLUMNS], id="a column too many"),
        pytest.param(GOOD.replace("\t", ",") + ",", ["8 columns", COLUMNS], id="a comma too many"),
        pytest.param("hello", ["1 columns", COLUMNS], id="prose"),
        pytest.param(row(sex="male"), ["sex is 'male'; expected a number"], id="word for sex"),
        pytest.param(row(age="old"), ["age is 'old'; expected a number"], id="word for age"),
        pytest.param(row(income="1_000"), ["income is '1_000'; expected a number"], id="underscore"),
        pytest.param(row(age="0x1"), ["age is '0x1'; expected a number"], id="hexadecimal"),
        pytest.param(row(age="٣"), ["age is '٣'; expected a number"], id="digits of another script"),
        pytest.param(row(age="1" * 3 + "x" * 90), ["age is '111" + "x" * 37 + "'; expected"], id="long word"),
        pytest.param(GOOD.replace("\t", ",").replace("0.24", ""), ["age is ''; expected a number"], id="empty cell"),
        pytest.param(row(age="nan"), ["age is nan; expected a finite number"], id="NaN"),
        pytest.param(row(sex="NaN"), ["sex is NaN; expected a finite number"], id="NaN in capitals"),
        pytest.param(row(income="inf"), ["income is inf; expected a finite number"], id="infinity"),
        pytest.param(row(income="-Infinity"), ["income is -Infinity; expected a finite number"], id="-infinity"),
        pytest.param(row(income="1e999"), ["income is 1e999; expected a finite number"], id="overflow"),
        pytest.param(row(politics="3"), ["politics is 3; expected 0, 1 or 2 (conservative, moderate"], id="label 3"),
        pytest.param(row(politics="-1"), ["politics is -1; expected 0, 1 or 2"], id="label -1"),
        pytest.param(row(politics="0.5"), ["politics is 0.5; expected 0, 1 or 2"], id="label 0.5"),
        pytest.param(row(sex="0"), ["sex is 0; expected -1 (male) or 1 (female)"], id="sex 0"),
        pytest.param(row(sex="2"), ["sex is 2; expected -1 (male) or 1 (female)"], id="sex 2"),
        pytest.param(row(michigan="0"), ["state is 0 0 0; expected one-hot"], id="no state"),
        pytest.param(row(oklahoma="1"), ["state is 1 0 1; expected one-hot"], id="two states"),
        pytest.param(row(michigan="0.5", nebraska="0.5"), ["state is 0.5 0.5 0; expected one-hot"], id="half states"),
        pytest.param(row(age="24"), ["age 24 looks like years; expected 0.24 (years / 100)"], id="age in years"),
        pytest.param(row(age="550"), ["age is 550; expected years / 100, such as 0.24"], id="age of no scale"),
        pytest.param(row(age="5.5"), ["age is 5.5; expected years / 100, such as 0.24"], id="age in decades"),
        pytest.param(row(age="0,24"), ["age is '0,24', with a decimal comma; expected 0.24"], id="decimal comma"),
        pytest.param(
            row(income="0,2950").replace("\t", ";"),
            ["income is '0,2950', with a decimal comma; expected 0.2950"],
            id="decimal comma between semicolons",
        ),
        pytest.param(
            row(income="0,2950").replace("\t", " "),
            ["income is '0,2950', with a decimal comma; expected 0.2950"],
            id="decimal comma between spaces",
        ),
        pytest.param(row(income="59"), ["income 59 looks like thousands of dollars; expected 0.59 ("], id="thousands"),
        pytest.param(row(income="29.5"), ["income 29.5 looks like thousands of dollars; expected 0.295 ("], id="29.5"),
        pytest.param(row(income="2950000"), ["income is 2.95e+06; expected dollars / 100,000, such as"], id="in cents"),
        pytest.param(raw_row(sex="x"), ["sex is 'x'; expected male or female"], id="raw sex"),
        pytest.param(raw_row(age="0.24"), ["age 0.24 looks like years / 100; expected 24 (years)"], id="raw age / 100"),
        pytest.param(raw_row(age="2400"), ["age is 2400; expected years, such as 24"], id="raw age x 100"),
        pytest.param(raw_row(age="old"), ["age is 'old'; expected a number"], id="raw age in words"),
        pytest.param(
            raw_row(state="ohio"), ["state is 'ohio'; expected michigan or nebraska or oklahoma"], id="raw state"
        ),
        pytest.param(
            raw_row(income="59"), ["income 59 looks like thousands of dollars; expected 59000"], id="raw thousands"
        ),
        pytest.param(
            raw_row(income="0.59"), ["looks like dollars / 100,000; expected 59000 (dollars)"], id="raw / 100,000"
        ),
        pytest.param(raw_row(income="-5"), ["income is -5; expected dollars, such as 29500"], id="raw income below 0"),
        pytest.param(
            raw_row(politics="2"), ["politics is '2'; expected conservative or moderate or lib"], id="raw class"
        ),
        pytest.param(RAW_HEADER, ["sex is 'sex'; expected male or female"], id="a second header"),
        pytest.param(
            '"male,24,' + "x" * 140_000, ["cannot be read (field larger than field limit"], id="an open quote"
        ),
        pytest.param(row(age="-0.1"), ["age is -0.1; expected years / 100"], id="negative age"),
        pytest.param(row(income="29500"), ["income 29500 looks like dollars; expected 0.295"], id="income in dollars"),
        pytest.param(row(income="-0.3"), ["income is -0.3; expected dollars / 100,000"], id="negative income"),
    ],
)
def test_a_bad_row_is_refused_with_file_line_and_expectation(file, line, parts):
    # Only LF, CR and CRLF end a line: the number has to be the one an editor shows.
    path = file(f"# header\x0c with \u2028 odd \x0b characters\r\n{GOOD}\r\r{line}\n{GOOD}\n")
    with pytest.raises(PeopleFileError) as refused:
        PeopleDataset(path)
    message = str(refused.value)
    assert message.startswith(f"{path}, line 4: ")
    assert [part for part in parts if part not in message] == []
    assert "\n" not in message and refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("content", "part"),
    [
        pytest.param(b"", f"no people in it; {COLUMNS}", id="empty"),
        pytest.param(b" \n\t\r\n", f"no people in it; {COLUMNS}", id="blank"),
        pytest.param(b"\xef\xbb\xbf", f"no people in it; {COLUMNS}", id="only a byte-order mark"),
        pytest.param(b"# sex age\n#\n", f"no people in it; {COLUMNS}", id="comments only"),
        pytest.param(b"1\t\xff\xfe", "not a text file (byte 2); expected UTF-8 text", id="bytes"),
        pytest.param(
            GOOD.encode("utf-16-le"),
            "not a text file (it holds zero bytes); expected UTF-8, or UTF-16 with its mark",
            id="UTF-16 without its mark",
        ),
        pytest.param(b"\xff\xfe1\x00\t", "not a text file (byte", id="half of UTF-16"),
        pytest.param(f"{RAW_HEADER}\n".encode(), f"no people in it; {COLUMNS}", id="only a header"),
    ],
)
def test_a_file_without_people_is_refused(file, content, part):
    path = file(content)
    with pytest.raises(PeopleFileError) as refused:
        PeopleDataset(path)
    assert str(refused.value).startswith(f"{path}: {part}")


@pytest.mark.parametrize(
    ("line", "columns"), [(SECOND, 5), (RAW_SECOND + ",1", 5), ("male,24", 5)], ids=["encoded", "one too many", "few"]
)
def test_rows_that_do_not_fit_the_header_are_refused(file, line, columns):
    path = file(f"{RAW_HEADER}\n{RAW_GOOD}\n{line}\n")
    with pytest.raises(PeopleFileError, match=rf"line 3: \d columns; expected {columns} columns: sex, age, state"):
        PeopleDataset(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_and_a_device_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", os.devnull):
        with pytest.raises(PeopleFileError, match=r"cannot be read \(it is no regular file but a device or a pipe\)"):
            PeopleDataset(path)


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / "nobody.txt"
    with pytest.raises(PeopleFileError) as refused:
        PeopleDataset(path)
    assert str(refused.value) == f"{path}: there is no such file; expected a people file"


def test_a_directory_is_named(tmp_path):
    with pytest.raises(PeopleFileError) as refused:
        PeopleDataset(tmp_path)
    assert str(refused.value) == f"{tmp_path}: is a directory; expected a people file"


def test_a_path_below_a_file_is_refused(file):
    with pytest.raises(PeopleFileError, match=r"cannot be read .*; expected a people file"):
        PeopleDataset(file(GOOD) / "rows.txt")


@pytest.mark.parametrize("path", ["rows\0.txt", "x" * 5000])
def test_an_impossible_path_is_refused(path):
    with pytest.raises(PeopleFileError, match=r"cannot be read .*; expected a people file"):
        PeopleDataset(path)


def assert_people_or_people_file_error(content, folder):
    path = os.path.join(folder, "any.txt")
    with open(path, "wb") as out:
        out.write(content)
    try:
        people = PeopleDataset(path)
    except PeopleFileError as refused:
        assert str(refused).startswith(path)
        return
    assert people.x.shape == (len(people), 6) and len(people) >= 1
    assert torch.isfinite(people.x).all() and set(people.y.tolist()) <= {0, 1, 2}
    assert set(people.x[:, 0].tolist()) <= {-1.0, 1.0} and torch.equal(people.x[:, 2:5].sum(-1), people.x[:, 0].abs())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("any"))


@settings(deadline=None, max_examples=200)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content, folder):
    assert_people_or_people_file_error(content, folder)


WORDS = st.one_of(
    st.sampled_from(["-1", "1", "0", "0.24", "0.295", "2", "24", "29500", "", "nan", "inf", "1e400", "-0", "1e-400"]),
    st.floats().map(str),
    st.integers(-(10**40), 10**40).map(str),
    st.text(max_size=4),
)
LINES = st.one_of(
    st.just(GOOD),
    st.just(SECOND),
    st.lists(WORDS, min_size=5, max_size=9).map("\t".join),
    st.lists(WORDS, min_size=7, max_size=7).map(",".join),
    st.tuples(st.integers(0, 6), WORDS).map(
        lambda change: "\t".join([*GOOD.split("\t")[: change[0]], change[1], *GOOD.split("\t")[change[0] + 1 :]])
    ),
    st.text(max_size=10).map("#".__add__),
    st.sampled_from(
        [HEADER, RAW_HEADER, RAW_GOOD, RAW_SECOND, RAW_GOOD.replace(",", ";"), f'"{RAW_GOOD}', "0,24 " * 7]
    ),
    st.lists(
        WORDS | st.sampled_from(["male", "F", "ohio", "oklahoma", "liberal", "0,5", '"']), min_size=5, max_size=5
    ).map(",".join),
)


@settings(deadline=None, max_examples=300)
@given(lines=st.lists(LINES, max_size=5), end=st.sampled_from(["\n", "\r\n", "\r", "\x0b", "\u2028", "\n\n"]))
def test_any_lines_that_look_like_people_are_read_or_refused(lines, end, folder):
    assert_people_or_people_file_error(end.join(lines).encode("utf-8", "surrogatepass"), folder)


@settings(deadline=None, max_examples=100)
@given(seed=st.integers(0, 2**31), n=st.integers(1, 20))
def test_what_is_written_is_read_back(seed, n, folder):
    people, path = sample_people(n, seed, dtype=torch.float64), os.path.join(folder, "round.txt")
    write_people(people, path)
    again = PeopleDataset(path, dtype=torch.float64)
    assert torch.equal(again.x, people.x) and torch.equal(again.y, people.y)


def test_rows_are_written_in_the_format_of_the_original(tmp_path, file):
    write_people(PeopleDataset(file(f"{GOOD}\n{SECOND}\n")), tmp_path / "out.txt")
    assert (tmp_path / "out.txt").read_bytes() == f"{GOOD}\n{SECOND}\n".encode()


def test_the_rows_of_the_course_are_where_the_library_looks_for_them():
    assert (len(PeopleDataset(DATA / "people_train.txt")), len(PeopleDataset(DATA / "people_test.txt"))) == (200, 40)


@pytest.mark.parametrize("name", ["train", "test"])
def test_raw_and_encoded_files_of_the_course_are_the_same_people(name):
    raw, encoded = (
        PeopleDataset(DATA / file, torch.float64) for file in (f"people_raw_{name}.csv", f"people_{name}.txt")
    )
    assert torch.equal(raw.x, encoded.x) and torch.equal(raw.y, encoded.y)


@pytest.mark.parametrize("line", ['male,24,michigan,"29,500",liberal', "male 24 michigan 29,500 liberal"])
def test_commas_between_thousands_are_no_decimal_commas(file, line):
    with pytest.raises(PeopleFileError, match=r"income is '29,500', with commas between thousands; expected 29500$"):
        PeopleDataset(file(line + "\n"))


def test_people_in_whole_numbers_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"dtype is torch.int64; expected torch.float32"):
        PeopleDataset(tmp_path / "people.txt", dtype=torch.int64)
