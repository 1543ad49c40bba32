"""Addresses are read out of free sentences as Swedes write them, and times, amounts and telephone numbers are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.address import read_address


@pytest.mark.parametrize(
    ("text", "name", "number", "letter"),
    [
        ("storg. 4 b", "storgatan", 4, "b"),
        ("Storgatan 4B lgh 1102", "storgatan", 4, "b"),
        ("Kungsg 12", "kungsgatan", 12, ""),
        ("kungsgat. 12", "kungsgatan", 12, ""),
        ("Odeng. 3", "odengatan", 3, ""),
        ("Kyrkov. 5, 2 tr", "kyrkovagen", 5, ""),
        ("Kyrkväg. 5", "kyrkvagen", 5, ""),
        ("S:t Pers väg 8", "sankt pers vag", 8, ""),
        ("s:t pers väg 8", "sankt pers vag", 8, ""),
        ("Sankt Pers väg 8", "s t pers vag", 8, ""),
        ("S:t Persgatan 8", "sankt persgatan", 8, ""),
        ("Norra Strandgatan 14 A, 563 32 Gränna", "norra strandgatan", 14, "a"),
        ("N. Strandg 14", "norra strandgatan", 14, ""),
        ("n strandg. 14b", "norra strandgatan", 14, "b"),
        ("V Storgatan 7", "vastra storgatan", 7, ""),
        ("Ö. Storgatan 7", "ostra storgatan", 7, ""),
        ("Bygatan4", "bygatan", 4, ""),
        ("jag bor på klostergatan 22 i huskvarna", "klostergatan", 22, ""),
        ("gamla vägen", "gamla vagen", None, ""),
        ("Per Brahes gata 3", "per brahes gata", 3, ""),
        ("Erik Dahlbergsgränd 5", "erik dahlbergsgrand", 5, ""),
        ("huskvarna vägen 12", "huskvarnavagen", 12, ""),
        ("STORGATAN 4 B GRÄNNA", "storgatan", 4, "b"),
        ("Solbacken 5", "solbacken", 5, ""),
        ("Stortorget 1", "stortorget", 1, ""),
        ("Lindallé 3", "lindalle", 3, ""),
        ("Strandstigen 9", "strandstigen", 9, ""),
        ("Ängsplan 2", "angsplan", 2, ""),
        ("Hamnkajen 2", "hamnkajen", 2, ""),
        ("Storgatan nr 4", "storgatan", 4, ""),
        ("c/o Andersson, Storgatan 4", "storgatan", 4, ""),
        ("kl 14:30 Storgatan 12 kl 9", "storgatan", 12, ""),
        ("Storgatan 4 i Gränna", "storgatan", 4, ""),
        ("Storgatan 2 gånger i veckan", "storgatan", None, ""),
    ],
)
def test_streets(text: str, name: str, number: int | None, letter: str) -> None:
    street = read_address(text).named[0]
    assert street.is_street
    assert name in street.names
    assert (street.number, street.letter) == (number, letter)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Backa gård", "backa gard"),
        ("jag bor på Backa", "backa"),
        ("Torp 3:12", "torp 3 12"),
        ("bor i Östra Torpa", "ostra torpa"),
        ("Huskvarna vid kyrkan", "huskvarna"),
        ("nära ICA i Bankeryd", "bankeryd"),
        ("Lyckås 12", "lyckas"),
    ],
)
def test_farms_and_villages(text: str, name: str) -> None:
    assert any(name in named.names for named in read_address(text).named)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kl 14",
        "2 liter mjölk",
        "behöver 2 liter mjölk kl 14 v 12, ring 036-123456",
        "070-123 45 67",
        "det kostade 250 kr",
        "jag är på väg",
        "jag är på väg 14 dagar",
        "på väg 40",
        "jag ligger i sängen.",
        "kan någon handla åt mig på ICA",
        "ont i handleden",
        "går till badplatsen",
        "v 12",
        "Box 12",
        "lgh 1102, 2 tr",
        "c/o Berg",
    ],
)
def test_no_street_is_meant(text: str) -> None:
    written = read_address(text)
    assert not any(named.is_street for named in written.named)
    assert not any(named.weight >= 0.7 for named in written.named)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("56332", ("56332",)),
        ("563 32 Gränna", ("56332",)),
        ("Storgatan 4 56332 Gränna", ("56332",)),
        ("Box 12, 563 21 Gränna", ("56321",)),
        ("ring 036-12 34 56", ()),
        ("det kostade 563 32 kr", ()),
    ],
)
def test_postcodes(text: str, codes: tuple[str, ...]) -> None:
    assert read_address(text).postcodes == codes


@given(st.text(max_size=200) | st.text("storgatanvägen. :/4B12åäöNSÖV,-", max_size=60))
def test_whatever_is_written_is_read(text: str) -> None:
    written = read_address(text)
    assert all(named.names and named.written and 0 < named.weight <= 1 for named in written.named)
