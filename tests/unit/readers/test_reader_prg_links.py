"""Links between addresses, streets and localities of PRG, and versions that have ended."""

from __future__ import annotations

from small_prg import LOCALITY_ID, STREET_ID, address, locality, read, street

from geo.layers.model import Severity
from tests.fixtures.gml import PRGAD, collection


def test_a_link_to_nothing_is_a_warning_that_names_it(given):
    path = given("a.gml", collection(street("PL.ZIPIN.1.EMUiA_9_x") + address(), PRGAD, "p"))

    features, _ = read(path, ["prg.address"])

    assert features[0].fields["ulica"] == "Żółta"
    assert features[0].fields["miejscowosc"] is None
    assert features[0].fields["miejscowosc_id"] == LOCALITY_ID
    assert features[0].teryt is None
    codes = [finding.code for finding in features[0].findings]
    assert codes == ["link-dangling", "link-dangling", "gmina-unknown"]
    assert LOCALITY_ID in features[0].findings[0].text.say("en")
    assert {finding.severity for finding in features[0].findings} == {Severity.WARNING}
    assert features[0].findings[0].line == 5


def test_an_address_without_its_locality_takes_that_of_its_street_and_says_so(given):
    path = given("a.gml", collection(locality() + street() + address("PL.ZIPIN.1.EMUiA_9_x"), PRGAD, "p"))

    (found,), _ = read(path, ["prg.address"])

    assert (found.fields["miejscowosc"], found.teryt) == ("Wymyślin", "2408021")
    assert [finding.code for finding in found.findings] == ["link-dangling", "locality-of-street"]


def test_a_link_to_another_version_is_followed_and_said(given):
    newer = LOCALITY_ID.replace("2025-11-06", "2026-01-01")
    path = given("a.gml", collection(address(road=None) + locality(newer), PRGAD, "p"))

    (found,), _ = read(path, ["prg.address"])

    assert found.fields["miejscowosc"] == "Wymyślin"
    assert [finding.code for finding in found.findings] == ["link-other-version"]


def test_a_street_that_names_no_locality_is_found_through_the_localitys_own_link(given):
    back = f'<p:ulica1 xlink:href="#{STREET_ID}"/>'
    path = given("a.gml", collection(street(None) + locality(extra=back), PRGAD, "p"))

    (found,), _ = read(path, ["prg.street"])

    assert (found.fields["simc"], found.teryt, found.findings) == ("0000001", "2408021", [])


def test_closed_versions_are_left_out_and_counted(given):
    ended = "<p:koniecWersjiObiektu>2025-12-01T00:00:00</p:koniecWersjiObiektu>"
    path = given("a.gml", collection(locality() + address(extra=ended) + address(), PRGAD, "p"))

    features, source = read(path, ["prg.address"])

    assert len(features) + source.closed["prg.address"] == source.counts["prg.address"] == 2


def test_a_nil_end_of_version_does_not_close_it(given):
    nil = '<p:koniecWersjiObiektu xsi:nil="true" nilReason="inapplicable"/>'
    path = given("a.gml", collection(locality() + address(extra=nil), PRGAD, "p"))

    features, source = read(path, ["prg.address"])

    assert (len(features), source.closed) == (1, {})
