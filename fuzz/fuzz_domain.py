"""Public scenarios and preferences from a file: each is read whole, or refused with its place."""

from __future__ import annotations

import json

from backchannel.errors import InputRefused
from backchannel.insight.domain import Domain, Issue
from backchannel.insight.domain_xml import read_domain, read_profile
from backchannel.insight.preferences_file import preferences_document, read_preferences

DOMAIN = Domain((Issue("a", ("x", "y")), Issue("n", ("1", "2", "3"))))


def examples() -> list[bytes]:
    """Valid inputs to start from."""
    discrete = '<issue index="1" name="a"><item value="x" evaluation="1"/><item value="y" evaluation="4"/></issue>'
    whole = '<issue index="2" name="n" type="integer" lowerbound="1" upperbound="3">{}</issue>'
    linear = whole.format('<evaluator ftype="linear" offset="0.1" slope="0.2"/>')
    rest = '<weight index="1" value="0.3"/><weight index="2" value=".7"/><reservation value="0.5"/>'
    document = {
        "preferences": 1,
        "reservation": 5,
        "issues": {"a": {"points": {"x": 0, "y": 9}, "red_lines": ["x"]}, "n": {"points": {"1": 0, "2": 1, "3": 5}}},
        "links": [{"not_both": {"a": "y", "n": "3"}}],
    }
    return [
        f"<utility_space>{discrete}{whole.format('')}</utility_space>".encode(),
        f"<utility_space>{discrete}{linear}{rest}</utility_space>".encode(),
        json.dumps(document).encode(),
    ]


def one_input(data: bytes) -> None:
    """Read it as a domain, as a profile, and as preferences in JSON."""
    try:
        domain = read_domain(data)
    except InputRefused:
        pass
    else:
        assert min(domain.sizes) > 0
    try:
        profile = read_profile(data, DOMAIN)
    except InputRefused:
        pass
    else:
        assert len(profile.preferences.weighted()) == len(DOMAIN.issues)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    try:
        preferences = read_preferences(value, DOMAIN)
    except InputRefused:
        pass
    else:
        assert read_preferences(preferences_document(preferences), DOMAIN) == preferences
