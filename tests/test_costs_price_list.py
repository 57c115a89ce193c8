"""Prices come from AWS's Price List API, whose answers are stubbed."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import boto3
import pytest
from botocore.stub import Stubber

from helpers.account.costs import collect
from helpers.account.costs.price_list import SOURCE, PriceListClient
from helpers.account.target import Target

NOW = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
FILTERS = [
    {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"},
    {"Type": "CONTAINS", "Field": "usagetype", "Value": ":ml.m5.large"},
]
ASKED = {"ServiceCode": "AmazonSageMaker", "FormatVersion": "aws_v1", "Filters": FILTERS}


def product(usage_type, usd, unit="Hrs"):
    """Return a product in the form of the price list (AWS Billing guide, offer files)."""
    dimension = {"unit": unit, "pricePerUnit": {"USD": usd}, "beginRange": "0"}
    return json.dumps(
        {
            "product": {"attributes": {"usagetype": usage_type, "regionCode": "us-east-1"}},
            "terms": {"OnDemand": {"a.b": {"priceDimensions": {"a.b.c": dimension}}}},
            "publicationDate": "2026-11-20T10:00:00Z",
        }
    )


@pytest.fixture
def stub():
    with Stubber(boto3.client("pricing", region_name="us-east-1", **KEYS)) as stub:
        yield stub


def live(stub, tmp_path, now=NOW):
    return PriceListClient(stub and stub.client, tmp_path / "home" / "prices.json", now)


def answer(stub, *products):
    stub.add_response("get_products", {"PriceList": list(products)}, ASKED)


def test_a_price_of_today(stub, tmp_path):
    """Today's price is found on any page for the exact type and use."""
    first = {"PriceList": [product("USE1-Train:ml.m5.large", "0.1200000000")], "NextToken": "x"}
    stub.add_response("get_products", first, ASKED)
    others = [
        product("USE1-Tsform:ml.m5.large", "0.13"),
        product("USE1-Host:ml.m5.large", "0.0"),
        product("USE1-Host:ml.m5.large-spot", "0.01"),
        product("USE1-WarmPool:ml.m5.large", "9"),
        product("USE1-Notebk:ml.m5.large", "9", unit="GB-Mo"),
    ]
    stub.add_response("get_products", {"PriceList": others}, ASKED | {"NextToken": "x"})
    found = live(stub, tmp_path)
    price = found.lookup("ml.m5.large", "training", "us-east-1")
    assert (price.usd, price.price_list, price.source) == (Decimal("0.12"), "2026-11-20", SOURCE)
    assert found.lookup("ml.m5.large", "transform", "us-east-1").usd == Decimal("0.13")
    # A price that AWS does not list comes from the table, with the table's date.
    assert found.lookup("ml.m5.large", "hosting", "us-east-1").price_list == "2026-07-30"
    assert found.lookup("ml.m5.large", "notebook", "us-east-1") is None
    assert found.notes == []


def test_it_is_kept_for_a_day(stub, tmp_path):
    """AWS isn't asked again on the same day (UTC), but it is on the next."""
    answer(stub, product("USE1-Train:ml.m5.large", "0.12"))
    asked = ("ml.m5.large", "training", "us-east-1")
    assert live(stub, tmp_path).lookup(*asked).usd == Decimal("0.12")
    assert live(None, tmp_path, NOW.replace(hour=0)).lookup(*asked).usd == Decimal("0.12")
    answer(stub, product("USE1-Train:ml.m5.large", "0.13"))
    tomorrow = NOW + timedelta(minutes=31)
    assert live(stub, tmp_path, tomorrow).lookup(*asked).usd == Decimal("0.13")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDeniedException", "permission pricing:GetProducts is missing"),
        ("ThrottlingException", "ThrottlingException"),
        ("InternalErrorException", "InternalErrorException"),
    ],
)
def test_the_table_when_aws_refuses(stub, tmp_path, code, words):
    """If AWS refuses, the table is used, with the reason once; AWS isn't asked again."""
    stub.add_client_error("get_products", code)
    found = live(stub, tmp_path)
    assert found.lookup("ml.m5.large", "training", "us-east-1").usd == Decimal("0.115")
    assert found.lookup("ml.m5.xlarge", "training", "us-east-1").usd == Decimal("0.23")
    [note] = found.notes
    assert words in note
    assert "The dated table is used instead." in note


def test_two_prices_for_one_use_are_none(stub, tmp_path):
    """If a use has two prices, the table's price is used, since either may be billed."""
    answer(
        stub, product("USE1-Train:ml.m5.large", "0.12"), product("USE1-Train:ml.m5.large", "0.2")
    )
    found = live(stub, tmp_path).lookup("ml.m5.large", "training", "us-east-1")
    assert found.usd == Decimal("0.115")


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"day": "2026-11-25"}', '{"day": "2026-11-24", "prices": {}}'],
)
def test_a_damaged_file_is_read_anew(stub, tmp_path, text):
    """A damaged cache file is fetched again, as it is only a copy."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "prices.json").write_text(text)
    answer(stub, product("USE1-Train:ml.m5.large", "0.12"))
    found = live(stub, tmp_path).lookup("ml.m5.large", "training", "us-east-1")
    assert found.usd == Decimal("0.12")


@pytest.mark.usefixtures("retries_at_once")
def test_a_throttled_question_is_asked_again(tmp_path, monkeypatch):
    """A throttled request of a real client is retried over a socket, and then answered."""
    answers = [
        (400, {"__type": "ThrottlingException", "message": "Rate exceeded"}),
        (200, {"PriceList": [product("USE1-Train:ml.m5.large", "0.12")]}),
    ]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = answers.pop(0)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path))
    try:
        place = Target("aws", "111122223333", "us-east-1", boto3.Session(**KEYS))
        found = collect._price_list(place)
        price = found.lookup("ml.m5.large", "training", "us-east-1")
    finally:
        server.shutdown()
        server.server_close()
    assert (price.usd, answers, found.notes) == (Decimal("0.12"), [], [])
