"""What case systems send, read; hostile documents refused; and what we write, in both formats."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.open311.formats import BIGGEST, JSON, XML, Record, Unreadable, error_text, moment, read, written
from service.open311.mapping import report_of

AS_JSON, AS_XML = "application/json", "text/xml"
REQUEST = {"service_request_id": "638344", "status": "open", "status_notes": "Mötet är bokat & klart"}
IN_XML = "<request><service_request_id>638344</service_request_id><status>open</status><status_notes>Mötet är bokat &amp; klart"
IN_XML += "</status_notes></request>"

READ: list[tuple[str, str, str, list[Record]]] = [
    ("JSON", '[{"service_request_id":638344,"status":"open","status_notes":"Mötet är bokat & klart"}]', AS_JSON, [REQUEST]),
    ("a JSON record alone", '{"token":"a1","x":null,"y":{"z":1}}', AS_JSON, [{"token": "a1"}]),
    ("JSON in a wrapper", '{"service_requests":[{"token":"a1"}]}', AS_JSON, [{"token": "a1"}]),
    ("JSON said to be text", '[{"token":"a1"}]', "text/plain", [{"token": "a1"}]),
    ("no requests", "[]", AS_JSON, []),
    ("what is no record", '[1, "a", null, []]', AS_JSON, []),
    ("XML", f'<?xml version="1.0" encoding="utf-8"?>\n<service_requests>{IN_XML}</service_requests>', AS_XML, [REQUEST]),
    ("XML under an older name", f"<requests>{IN_XML}</requests>", AS_XML, [REQUEST]),
    ("XML said to be text", f"<service_requests>{IN_XML}</service_requests>", "text/plain", [REQUEST]),
    ("an XML record alone", IN_XML, "application/xml", [REQUEST]),
    ("XML with a namespace", '<errors xmlns="urn:x"><error><code>4</code></error></errors>', AS_XML, [{"code": "4"}]),
    ("XML with comments", "<errors><!-- none --><error><code><![CDATA[4]]></code></error></errors>", AS_XML, [{"code": "4"}]),
    ("XML, empty", "<service_requests/>", AS_XML, []),
    ("more than a record", "<services><service><a>1</a><b><c>2</c></b></service></services>", AS_XML, [{"a": "1"}]),
]


@pytest.mark.parametrize(("body", "content_type", "records"), [r[1:] for r in READ], ids=[r[0] for r in READ])
def test_documents_are_read(body: str, content_type: str, records: list[Record]) -> None:
    assert read(body.encode(), content_type) == records


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE: list[tuple[str, bytes, str]] = [
    ("a billion laughs", f'<!DOCTYPE l [<!ENTITY l0 "lol">{LAUGHS}]><errors>&l9;</errors>'.encode(), AS_XML),
    ("a file", b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><errors><error><code>&f;</code></error></errors>', AS_XML),
    ("a document type elsewhere", b'<!DOCTYPE errors SYSTEM "http://elsewhere.example/x.dtd"><errors/>', AS_XML),
    ("in small letters", b"<!doctype html><html></html>", AS_XML),
    ("hidden in another encoding", '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a []><a/>'.encode("utf-16"), AS_XML),
    ("in UTF-7", b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>', AS_XML),
    ("behind a comment's beginning", b"<!<!----DOCTYPE a><errors/>", AS_XML),
    ("an entity of nobody's", b"<errors><error><code>&laugh;</code></error></errors>", AS_XML),
    ("half a document", b"<errors><error>", AS_XML),
    ("nothing", b"", AS_XML),
    ("nothing, in JSON", b"", AS_JSON),
    ("a number", b"7", AS_JSON),
    ("very deep", b"[" * 100_000, AS_JSON),
    ("not UTF-8", b'[{"a":"\xe5"}]', AS_JSON),
    ("too big", b" " * (BIGGEST + 1), AS_JSON),
    ("too many", b"[" + b"{}," * 2_000 + b"{}]", AS_JSON),
]


@pytest.mark.parametrize(("body", "content_type"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
def test_hostile_documents_are_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(Unreadable):
        read(body, content_type)


def test_a_very_deep_one_does_no_harm() -> None:
    assert read(b"<a>" * 50_000 + b"</a>" * 50_000, AS_XML) == [{}]


@given(st.lists(st.dictionaries(st.sampled_from(["code", "description"]), st.text(max_size=50), min_size=1), max_size=5))
def test_what_is_written_can_be_read_whatever_the_words(records: list[Record]) -> None:
    trimmed = [{k: v.strip() for k, v in r.items()} for r in records]
    assert read(written("errors", records, JSON), AS_JSON) == trimmed
    assert len(read(written("errors", records, XML), AS_XML)) == len(records)


def test_both_formats_say_the_same() -> None:
    data = [{"service_code": "a", "metadata": True, "keywords": "x & <y>", "lat": 58.5, "none": None}]
    assert (
        written("services", data, JSON) == b'[{"service_code":"a","metadata":true,"keywords":"x & <y>","lat":58.5,"none":null}]'
    )
    assert written("services", data, XML).decode() == (
        "<?xml version='1.0' encoding='utf-8'?>\n<services><service><service_code>a</service_code><metadata>true</metadata>"
        "<keywords>x &amp; &lt;y&gt;</keywords><lat>58.5</lat><none /></service></services>"
    )


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2020-04-08T09:00:00+02:00", datetime(2020, 4, 8, 7, tzinfo=UTC)),
        ("2020-04-08T07:00:00Z", datetime(2020, 4, 8, 7, tzinfo=UTC)),
        ("2020-04-08T07:00:00", None),
        ("2020-04-08", None),
        ("tomorrow", None),
        ("", None),
        (None, None),
    ],
)
def test_times(text: str | None, at: datetime | None) -> None:
    assert moment(text) == at


FILED = datetime(2020, 4, 8, 7, tzinfo=UTC)
ANSWERED: list[tuple[str, Record, bool, bool]] = [
    ("only filed", {}, False, False),
    ("written twice while it was filed", {"updated_datetime": (FILED + timedelta(seconds=1)).isoformat()}, False, False),
    ("changed later", {"updated_datetime": (FILED + timedelta(minutes=1)).isoformat()}, True, False),
    ("a note", {"status_notes": " Vi tar  det "}, True, False),
    ("a day", {"expected_datetime": "2020-04-09T09:00:00+02:00"}, True, False),
    ("a day without an offset", {"expected_datetime": "2020-04-09T09:00:00"}, False, False),
    ("closed", {"status": "CLOSED"}, True, True),
]


@pytest.mark.parametrize(("fields", "answered", "closed"), [a[1:] for a in ANSWERED], ids=[a[0] for a in ANSWERED])
def test_what_shows_that_somebody_has_looked(fields: Record, answered: bool, closed: bool) -> None:
    filed = {"service_request_id": "1", "status": "open", "requested_datetime": FILED.isoformat()}
    report = report_of(filed | {"updated_datetime": FILED.isoformat()} | fields)
    assert report is not None
    assert (report.is_answered, report.closed) == (answered, closed)
    assert report_of(fields) is None


def test_errors_in_one_line() -> None:
    assert error_text([{"code": "400", "description": "no\nsuch thing"}, {}]) == "400 no such thing"
